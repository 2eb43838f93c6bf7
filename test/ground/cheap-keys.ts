import { vi } from 'vitest'

// Loaded before every test file. Hundreds of repositories are made by tests in their own process; what a guess of a passphrase costs is the least that is taken there, and
// what it really costs is tested where slots are (`test/unit/repository/keys`) and by every test that starts the command.
vi.mock('../../main/engine/repository/keys/slot-kdf.ts', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  DEFAULT_COST: { n: 2 ** 15, r: 8, p: 1 },
}))
