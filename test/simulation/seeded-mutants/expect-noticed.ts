import { spawnSync } from 'node:child_process'
import { expect } from 'vitest'
import type { SeededMutant } from './play.ts'

/** Plays a list of mutants in a process of its own and expects that each is noticed. `program`: what plays it. */
export function expectNoticed(mutants: readonly SeededMutant[], program: string): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8' })
  expect(status, stderr).toBe(0)
  const played = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly name: string; readonly seed: number | 'told' | null })
  expect(played.map(({ name }) => name)).toEqual(mutants.map(({ name }) => name))
  expect(played.filter(({ seed }) => seed === null)).toEqual([])
}
