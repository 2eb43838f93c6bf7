import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { againstRelease } from '../../packaging/check-tag.mjs'
import { gather, mergeUpdateFiles } from '../../packaging/gather.mjs'

const updateFile = (arch: string, version = '1.2.0'): string => `version: ${version}
files:
  - url: Everstow-${version}-mac-${arch}.zip
    sha512: sum-of-${arch}
    size: 1
path: Everstow-${version}-mac-${arch}.zip
sha512: sum-of-${arch}
releaseDate: '2026-11-22T10:00:00.000Z'
`

describe('the tag of a release', () => {
  const packageJson = { version: '1.2.0', repository: 'github:ada/everstow' }

  test('is the version, in the repository that installed programs will ask', () => {
    expect(againstRelease(packageJson, 'v1.2.0', 'ada/everstow')).toEqual([])
    expect(againstRelease(packageJson, 'v1.2.1', 'ada/everstow')).toHaveLength(1)
    expect(againstRelease(packageJson, 'v1.2.0', 'eve/everstow')).toHaveLength(1)
    expect(againstRelease({ version: '1.2.0' }, '1.2.0', 'ada/everstow')).toHaveLength(2)
  })
})

describe('gathering what several machines made', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'everstow-gather-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const make = async (file: string, text: string): Promise<void> => {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true })
    await writeFile(path.join(folder, file), text)
  }

  test('the updater of macOS finds both kinds of processors', () => {
    const { files, path: first, ...rest } = parse(mergeUpdateFiles([updateFile('arm64'), updateFile('x64')]))
    expect(files.map(({ url }: { url: string }) => url)).toEqual([
      'Everstow-1.2.0-mac-arm64.zip',
      'Everstow-1.2.0-mac-x64.zip',
    ])
    expect(first).toBe('Everstow-1.2.0-mac-arm64.zip')
    expect(rest).toMatchObject({ version: '1.2.0', sha512: 'sum-of-arm64' })
    expect(() => mergeUpdateFiles([updateFile('arm64'), updateFile('x64', '1.1.0')])).toThrow(/1\.1\.0/)
  })

  test('every file once, with its checksum', async () => {
    await make('from/a/release/latest-mac.yml', updateFile('arm64'))
    await make('from/b/release/latest-mac.yml', updateFile('x64'))
    await make('from/b/release/Everstow.zip', 'a program')
    await gather(path.join(folder, 'from'), path.join(folder, 'to'))
    expect((await readdir(path.join(folder, 'to'))).sort()).toEqual([
      'Everstow.zip',
      'SHA256SUMS',
      'latest-mac.yml',
    ])
    const sums = (await readFile(path.join(folder, 'to/SHA256SUMS'), 'utf8')).trim().split('\n')
    expect(sums).toHaveLength(2)
    expect(sums[0]).toBe(`${createHash('sha256').update('a program').digest('hex')}  Everstow.zip`)
  })

  test('two different programs of one name are refused', async () => {
    await make('from/a/Everstow.zip', 'one')
    await make('from/b/Everstow.zip', 'another')
    await expect(gather(path.join(folder, 'from'), path.join(folder, 'to'))).rejects.toThrow(/Everstow\.zip/)
  })
})
