import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Randomness that follows from a seed (mulberry32), so that a failing run can be run again. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The files below a folder whose path in it begins with one of the prefixes, sorted. */
export function filesBelow(folder: string, prefixes: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(
      (name) => prefixes.some((prefix) => name.startsWith(prefix)) && statSync(join(folder, name)).isFile(),
    )
    .sort()
    .map((name) => join(folder, name))
}

/** Flips one bit at each of so many places of the files, wherever they fall. Answers the files that are not what they were. */
export function flipBits(files: readonly string[], flips: number, random: () => number): Set<string> {
  const flipped = new Map<string, Buffer>()
  const sizes = files.map((file) => statSync(file).size)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  for (let flip = 0; flip < flips; flip++) {
    let at = Math.floor(random() * total)
    let number = 0
    while (at >= sizes[number]!) at -= sizes[number++]!
    const file = files[number]!
    const bytes = flipped.get(file) ?? readFileSync(file)
    bytes[at] = bytes[at]! ^ (1 << Math.floor(random() * 8))
    flipped.set(file, bytes)
  }
  const changed = new Set<string>()
  for (const [file, bytes] of flipped) {
    if (!readFileSync(file).equals(bytes)) changed.add(file)
    // A new file: the old one may be linked elsewhere.
    rmSync(file)
    writeFileSync(file, bytes)
  }
  return changed
}

/** Deletes that part of the files. */
export function deleteSome(files: readonly string[], part: number, random: () => number): string[] {
  const rest = [...files]
  const gone: string[] = []
  while (gone.length < Math.round(files.length * part)) {
    const [file] = rest.splice(Math.floor(random() * rest.length), 1)
    rmSync(file!)
    gone.push(file!)
  }
  return gone
}
