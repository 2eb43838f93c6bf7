import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createArchive } from '../../main/engine/archive/write/create-archive.ts'
import { CHILD, ground, inSource, linux, options, runChild, slowText, spool } from './archive-write-ground.ts'

describe('when it fails', () => {
  const nothingLeft = (): void => expect(readdirSync(spool)).toEqual([])

  it('names missing sources and writes nothing', async () => {
    await expect(createArchive(options({ sources: [join(ground, 'gone')] }))).rejects.toMatchObject({
      code: 'source-missing',
      data: { path: join(ground, 'gone') },
    })
    nothingLeft()
  })

  it('refuses to make an archive of nothing', async () => {
    writeFileSync(inSource('a'), 'x')
    await expect(createArchive(options({ sources: [inSource('*.none')] }))).rejects.toMatchObject({
      code: 'nothing-to-back-up',
    })
    nothingLeft()
  })

  it('never replaces an archive', async () => {
    writeFileSync(join(spool, 'a.tar.gz'), 'older')
    await expect(createArchive(options())).rejects.toMatchObject({ code: 'name-taken' })
    expect(readFileSync(join(spool, 'a.tar.gz'), 'utf8')).toBe('older')
  })

  it('leaves nothing when it is cancelled, and stops soon', async () => {
    writeFileSync(inSource('big'), slowText(20_000_000))
    truncateSync(inSource('big'), 3_000_000_000)
    await expect(createArchive(options(), AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' })
    for (const delayMs of [0, 30, 150, 400]) {
      const abort = new AbortController()
      const making = createArchive(options(), abort.signal)
      setTimeout(() => abort.abort(), delayMs)
      await expect(making).rejects.toMatchObject({ code: 'cancelled' })
      nothingLeft()
    }
    const abort = new AbortController()
    let readBytes = 0
    const onProgress = ({ bytesRead }: { bytesRead: number }): void => {
      readBytes = bytesRead
      abort.abort()
    }
    await expect(createArchive(options({ onProgress }), abort.signal)).rejects.toMatchObject({
      code: 'cancelled',
    })
    expect(readBytes).toBeLessThan(2_000_000_000)
    nothingLeft()
  })

  it.runIf(linux)('leaves only unfinished files when it is killed', async () => {
    writeFileSync(inSource('big'), slowText(80_000_000))
    const child = spawn(process.execPath, [CHILD, JSON.stringify(options())], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (data) => String(data).includes('progress') && resolve())
    })
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    expect(readdirSync(spool).sort()).toEqual(['a.tar.gz.tmp', 'a_index.ndjson.gz.tmp'])
    rmSync(inSource('big'))
    await createArchive(options())
    expect(readdirSync(spool).sort()).toEqual(['a.tar.gz', 'a_index.ndjson.gz'])
  })
})

describe('when the disk is full', () => {
  let mounted: string | undefined

  /** A small volume; the test is skipped, visibly, where mounting is not allowed. */
  const mount = (context: { skip(note: string): never }, size: string): string => {
    const volume = join(ground, 'small')
    mkdirSync(volume)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', volume], { stdio: 'pipe' })
    } catch (error) {
      context.skip(`no small volume can be mounted here: ${String(error)}`)
    }
    mounted = volume
    return volume
  }
  afterEach(() => {
    if (mounted) execFileSync('umount', [mounted])
    mounted = undefined
  })

  it('says so and leaves nothing, wherever it happens', async (context) => {
    const volume = mount(context, '4m')
    writeFileSync(inSource('big'), slowText(20_000_000))
    await expect(createArchive(options({ archivePath: join(volume, 'a.tar.gz') }))).rejects.toMatchObject({
      code: 'disk-full',
    })
    expect(readdirSync(volume)).toEqual([])
    expect(readdirSync(spool)).toEqual([])
  })

  it('says so when only the index does not fit', async (context) => {
    const volume = mount(context, '16k')
    for (let i = 0; i < 700; i++) writeFileSync(inSource(`f${i}`), `${i}`)
    await expect(createArchive(options({ indexPath: join(volume, 'i.gz') }))).rejects.toMatchObject({
      code: 'disk-full',
    })
    expect(readdirSync(volume)).toEqual([])
    expect(existsSync(join(spool, 'a.tar.gz'))).toBe(false)
    expect(readdirSync(spool)).toEqual([])
  })
})

describe('memory', () => {
  it('stays below 300 MB for a gigabyte of zeros, text and noise', () => {
    writeFileSync(inSource('noise'), randomBytes(60_000_000))
    writeFileSync(inSource('text'), slowText(40_000_000))
    for (let i = 0; i < 3; i++) {
      writeFileSync(inSource(`sparse${i}`), 'start')
      truncateSync(inSource(`sparse${i}`), 300_000_000)
    }
    const { result, peakMb } = runChild({})
    expect(result?.bytesRead).toBe(1_000_000_000)
    expect(peakMb).toBeLessThan(300)
  })
})
