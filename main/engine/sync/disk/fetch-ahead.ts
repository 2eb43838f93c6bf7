import { lstatSync, unlinkSync } from '../../env/node/sync-files.ts'
import { withoutMode } from '../content-text.ts'
import type { Look } from '../nodes.ts'
import { type Contents, type Fetch, WorldMoved } from '../ports.ts'
import { fetchLink, finishFile, type WrittenFile, writeFile } from './fetch-content.ts'
import type { Looks } from './looks.ts'
import { ifThere } from './system-errors.ts'
import type { Volume } from './volume.ts'

export interface FetcherParts {
  readonly contents: Pick<Contents, 'write' | 'expect'>
  readonly volume: Volume
  readonly looks: Looks
  readonly stagedPath: (name: string) => string
  /** Makes the names in the stage durable. */
  readonly flushStage: () => void
}

/** Brings contents into the stage. */
export interface StageFetcher {
  /** Brings several: all are written, then all wait for the disk together, which costs little more than waiting for one. */
  expect(fetches: readonly Fetch[]): Promise<void>
  /** One, whole and durable; at once where it was expected and came. */
  fetch(wanted: Fetch): Promise<Look>
}

export function createStageFetcher(parts: FetcherParts): StageFetcher {
  const { contents, volume, looks, stagedPath, flushStage } = parts
  /** What came, by its name in the stage. */
  const came = new Map<string, Fetch>()

  async function write(wanted: Fetch): Promise<WrittenFile | undefined> {
    const path = stagedPath(wanted.name)
    ifThere(() => unlinkSync(path))
    if (wanted.kind === 'symlink') fetchLink(path, wanted.content, wanted.mtimeMs)
    else return writeFile(path, wanted, contents, volume)
    return undefined
  }
  function lookAt(name: string): Look {
    const stats = ifThere(() => lstatSync(stagedPath(name), { bigint: true }))
    const look = stats && looks.lookOf(stats)
    if (!look) throw new WorldMoved('it is gone')
    return look
  }

  return {
    async expect(fetches) {
      came.clear()
      contents.expect(fetches.flatMap(({ kind, content }) => (kind === 'file' ? [withoutMode(content)] : [])))
      const finished: Promise<void>[] = []
      for (const wanted of fetches) {
        try {
          const file = await write(wanted)
          if (!file) continue
          const finish = finishFile(file).then(() => void came.set(wanted.name, wanted))
          finished.push(finish.catch(() => {}))
        } catch {
          // It is tried again, and told of, when it is fetched. What comes after it might fail as slowly.
          break
        }
      }
      await Promise.all(finished)
      if (came.size > 0) flushStage()
    },
    async fetch(wanted) {
      const { name, content, mtimeMs } = wanted
      const known = came.get(name)
      came.delete(name)
      if (known?.content === content && known.mtimeMs === mtimeMs) return lookAt(name)
      const file = await write(wanted)
      if (file) await finishFile(file)
      flushStage()
      return lookAt(name)
    },
  }
}
