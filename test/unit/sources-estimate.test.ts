import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SourceEstimate } from '../../main/engine/sources/files/estimate.ts'
import { estimateSources } from '../../main/engine/sources/files/estimate-sources.ts'

let home: string

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'everstow-estimate-'))
  for (let folder = 0; folder < 50; folder++) {
    mkdirSync(join(home, 'many', `d${folder}`), { recursive: true })
    for (let file = 0; file < 20; file++)
      writeFileSync(join(home, 'many', `d${folder}`, `${file}`), 'ten bytes!')
  }
  writeFileSync(join(home, 'many', 'big.tmp'), '')
  truncateSync(join(home, 'many', 'big.tmp'), 5e9)
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

describe('estimating sources', () => {
  it('counts files, folders and bytes without reading contents', async () => {
    const estimate = await estimateSources({ sources: [join(home, 'many')] })
    expect(estimate).toEqual({ files: 1001, directories: 51, bytes: 10_000 + 5e9, skipped: 0 })
  })

  it('heeds exclusions and tells progress', async () => {
    const seen: SourceEstimate[] = []
    const sources = Array.from({ length: 20 }, (_, index) => join(home, 'many', `d${index}`))
    const estimate = await estimateSources({
      sources: [join(home, 'many'), ...sources],
      exclude: ['*.tmp', '1*'],
      onProgress: (progress) => seen.push(progress),
    })
    expect(estimate).toEqual({ files: 50 * 9, directories: 51, bytes: 50 * 9 * 10, skipped: 0 })
    for (const progress of seen) expect(progress.files).toBeLessThanOrEqual(estimate.files)
  })

  it('fails with the codes of a backup', async () => {
    await expect(estimateSources({ sources: [join(home, 'gone')] })).rejects.toMatchObject({
      code: 'source-missing',
      data: { path: join(home, 'gone') },
    })
  })

  it('stops soon after it is cancelled', async () => {
    const before = new AbortController()
    before.abort()
    await expect(estimateSources({ sources: [home] }, before.signal)).rejects.toMatchObject({
      code: 'cancelled',
    })
    const during = new AbortController()
    const running = estimateSources({ sources: ['/'] }, during.signal)
    setTimeout(() => during.abort(), 300)
    await expect(running).rejects.toMatchObject({ code: 'cancelled' })
  })
})
