import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { BOMBS, WINDOW_LOGS, zstdOfZeros } from './swelling-frames.ts'

const MOST_CPU_MS = 1_000
const MOST_MIB = 256

interface Met {
  readonly name: string
  readonly outcome: string
  readonly cpuMs: number
  readonly peakMib: number
}

test('the frames are frames', () => {
  expect(zstdDecompressSync(zstdOfZeros(17, 300_000)).equals(Buffer.alloc(3 * 128 * 1024))).toBe(true)
})

test('each bomb is refused within a second of the processor’s time, and all of them in 256 MiB of memory', () => {
  const said = execFileSync(process.execPath, [join(import.meta.dirname, 'bombs-child.ts')], {
    encoding: 'utf8',
  })
  const met = said
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Met)
  const outcomes = Object.fromEntries(met.map(({ name, outcome }) => [name, outcome]))
  const damaged = ['block', 'checkpoint', 'slot of a space', 'checkpoint of a space'].flatMap((what) =>
    WINDOW_LOGS.map((log) => [`${what}, window ${log}`, 'data-damaged']),
  )
  expect(outcomes).toEqual({
    'a good block': '1000',
    'a good object of a space': '1000',
    'marker of a place': 'place-missing-folder',
    'record beside an object': 'whole undefined',
    'metadata of an archive': 'nothing',
    'description of a repository': 'data-damaged',
    settings: 'settings-invalid',
    'keys of the API': 'settings-invalid',
    'memory of logs': 'none',
    'gzip within gzip': 'the inner one, as it is',
    ...Object.fromEntries(damaged),
  })
  expect(met.filter(({ name }) => !name.startsWith('a good ')).length).toBe(BOMBS)
  expect(met.filter(({ cpuMs }) => cpuMs > MOST_CPU_MS)).toEqual([])
  expect(met.filter(({ peakMib }) => peakMib > MOST_MIB)).toEqual([])
})
