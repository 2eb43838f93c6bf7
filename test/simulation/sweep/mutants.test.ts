import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SWEEP_MUTANTS } from './mutants.ts'

test('the histories notice each mistake', { timeout: 600_000 }, () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'play-mutants.ts')],
    {
      encoding: 'utf8',
    },
  )
  expect(status, stderr).toBe(0)
  const played = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly name: string; readonly seed: number | null })
  expect(played.map(({ name }) => name)).toEqual(SWEEP_MUTANTS.map(({ name }) => name))
  expect(played.filter(({ seed }) => seed === null)).toEqual([])
})
