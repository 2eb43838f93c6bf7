import { join } from 'node:path'
import { test } from 'vitest'
import { expectNoticed } from '../seeded-mutants/expect-noticed.ts'
import { SYNC_MUTANTS } from './mutants.ts'

test('the histories notice each mistake', { timeout: 600_000 }, () =>
  expectNoticed(SYNC_MUTANTS, join(import.meta.dirname, 'play-mutants.ts')),
)
