import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** A mistake that somebody could make, as changes of files. */
export interface SeededMutant {
  readonly name: string
  /** Two where one rule covers for another: neither mistake shows alone. */
  readonly edits: readonly Edit[]
  /** A history that showed it; undefined where none does, and something else has to. */
  readonly seed?: number
}

export interface Edit {
  readonly file: string
  /** Stands in the file exactly once. */
  readonly from: string
  readonly to: string
}

export interface Mutants {
  readonly mutants: readonly SeededMutant[]
  /** Of the project, what the histories need. */
  readonly parts: readonly string[]
  /** The folder of the files that are changed. */
  readonly edited: string
  /** The module with `runHistory`. */
  readonly history: string
  readonly mostSeeds: number
  /** Whether anything else shows a mutant that has no seed, in the copy of the project. */
  readonly shows?: (copy: string) => Promise<boolean>
}

type RunHistory = (seed: number) => Promise<{ readonly faults: readonly string[] }>

const ROOT = resolve(import.meta.dirname, '../../..')

/** Plays each mutant until a history shows it, and prints one line a mutant with the seed, `null` where it lived. `argv[2]`: the most seeds that are tried. */
export async function playMutants(all: Mutants): Promise<void> {
  const mostSeeds = Number(process.argv[2] ?? all.mostSeeds)
  for (const mutant of all.mutants)
    console.log(JSON.stringify({ name: mutant.name, seed: (await killer(mutant, all, mostSeeds)) ?? null }))
}

async function killer(
  { edits, seed }: SeededMutant,
  { parts, edited, history, shows }: Mutants,
  mostSeeds: number,
): Promise<number | 'told' | undefined> {
  const copy = mkdtempSync(join(tmpdir(), 'everstow-mutant-'))
  try {
    for (const part of parts) cpSync(join(ROOT, part), join(copy, part), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
    writeFileSync(join(copy, 'package.json'), '{"type":"module"}')
    for (const edit of edits) make(edit, join(copy, edited))
    if (seed === undefined) return (await shows?.(copy)) ? 'told' : undefined
    const { runHistory } = (await import(pathToFileURL(join(copy, history)).href)) as {
      readonly runHistory: RunHistory
    }
    if (await isBad(runHistory, seed)) return seed
    for (let next = 1; next <= mostSeeds; next++) if (await isBad(runHistory, next)) return next
    return undefined
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

function make({ file, from, to }: Edit, folder: string): void {
  const path = join(folder, file)
  const source = readFileSync(path, 'utf8')
  if (source.split(from).length !== 2) throw new Error(`“${from}” must stand in ${file} once`)
  writeFileSync(
    path,
    source.replace(from, () => to),
  )
}

function isBad(runHistory: RunHistory, seed: number): Promise<boolean> {
  return runHistory(seed).then(
    ({ faults }) => faults.length > 0,
    () => true,
  )
}
