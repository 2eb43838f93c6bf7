import type { Clock } from '../../env/clock.ts'
import type { Log } from '../../env/log.ts'
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  unlinkSync,
} from '../../env/node/sync-files.ts'
import { EverstowError } from '../../model/errors.ts'
import type { IsChosen } from '../choice.ts'
import type { Look, NodeKind } from '../nodes.ts'
import {
  type Contents,
  type Folder,
  type SharedContents,
  type Spot,
  type SyncDisk,
  WorldMoved,
} from '../ports.ts'
import { ASIDE } from '../stage-names.ts'
import { isAlwaysIgnored, isLitter, isOwn } from './choose.ts'
import { createStageFetcher } from './fetch-ahead.ts'
import { listFolder, type SkipReason } from './list-folder.ts'
import { localNames } from './local-names.ts'
import { createLooks, FINE_QUIET_MS, QUIET_MS } from './looks.ts'
import { createFolderOpener, flushPath, type OpenFolder, ROOT_KEY } from './open-folder.ts'
import { moveName, renameToFree } from './place-names.ts'
import { STAGE } from './places.ts'
import { prepareRoot } from './prepare-root.ts'
import { readContent, type Take } from './read-content.ts'
import { isOtherSpelling, renameByStage } from './respell.ts'
import { slices } from './slices.ts'
import { asMoved, ifThere, step } from './system-errors.ts'
import { createUnflushed } from './unflushed.ts'
import { createVersions, type KeptVersion, type VersionLimits } from './versions.ts'
import { probeVolume } from './volume.ts'

export interface NodeDiskOptions {
  /** The synced folder. It is there, with its marker. */
  readonly root: string
  readonly contents: Contents
  readonly isChosen: IsChosen
  readonly platform: NodeJS.Platform
  readonly clock: Clock
  readonly log: Log
  /** Where something staged belongs, from the synced folder down; for `isChosen`, after a restart. */
  readonly placeOf?: (staged: string) => string | undefined
  /** Whether a thing is known as one that may be run, for volumes that cannot say. */
  readonly runs?: (key: string) => boolean
  /** For tests that cannot wait. */
  readonly quietMs?: number
}

/** Something in the synced folder that is not synced, and why. */
export interface Skipped {
  readonly path: string
  readonly reason: Exclude<SkipReason, 'not-chosen'>
}

/** A real synced folder. */
export interface NodeDisk extends SyncDisk {
  /** Contents as this folder's files have them. */
  readonly shared: SharedContents
  /** Where something staged lies. */
  stagedPath(name: string): string
  /** A whole file, as it is now; `undefined` where it is larger than that, or no file. */
  bytesOf(spot: Spot, mostBytes: number): Promise<Uint8Array | undefined>
  /** What was left out and is still there, without what a person or this program leaves out. */
  skipped(): readonly Skipped[]
  versions(): readonly KeptVersion[]
  /** Removes versions that are old, and the oldest of too many; gives how many. */
  tidyVersions(limits?: VersionLimits): number
}

/**
 * Opens a synced folder. Throws `sync-root-missing` when it or its marker is not there, and the system's errors when nothing can be written into it.
 */
export async function createNodeDisk(options: NodeDiskOptions): Promise<NodeDisk> {
  const { contents, isChosen, clock, platform } = options
  const root = prepareRoot(options.root)
  const volume = await probeVolume(root, platform, clock)
  const looks = createLooks(volume, options.quietMs ?? (volume.isFine ? FINE_QUIET_MS : QUIET_MS))
  const names = localNames(platform)
  const opener = createFolderOpener(root, volume, looks, names)
  const versions = createVersions(root, clock)
  const reading = { looks, hasModes: volume.hasModes, runs: options.runs ?? (() => false) }
  const stagedPath = (name: string): string => `${root}/${STAGE}/${names.toLocal(name)}`
  const flushStage = () => flushPath(`${root}/${STAGE}`)
  /** Where what is in the stage was, as long as this process knows. */
  const cameFrom = new Map<string, string>()
  const hidden = new Map<string, ReadonlyMap<string, SkipReason>>()
  opener.checkRoot()
  const { hasBirth, hasModes } = volume
  options.log.info('synced folder is open', { root, hasBirth, hasModes })

  /** The path that a person knows. */
  const pathOf = (folder: Folder, name: string): string => {
    const path = folder.path === '' ? name : `${folder.path}/${name}`
    if (!path.startsWith(`${STAGE}/`)) return path
    const [staged = '', ...rest] = path.slice(STAGE.length + 1).split('/')
    const place = cameFrom.get(staged) ?? options.placeOf?.(staged)
    return [...(place === undefined ? [] : [place]), ...rest].join('/')
  }
  /** A folder that was moved or deleted is not listed again. */
  const isStillIn = (path: string) => ifThere(() => lstatSync(`${root}/${path}`)) !== undefined
  const judge = (folder: Folder) => (name: string, kind: NodeKind) => {
    if ((folder.path === '' && isOwn(name)) || (kind !== 'directory' && isLitter(name))) return 'ignored'
    return !isAlwaysIgnored(name, kind) && isChosen(pathOf(folder, name), kind) ? 'chosen' : 'not-chosen'
  }
  const expectChosen = ({ folder, name }: Spot, kind: NodeKind): void => {
    if (judge(folder)(name, kind) === 'chosen') return
    throw new EverstowError('not-supported', { data: { path: pathOf(folder, name), reason: 'not-chosen' } })
  }
  /** Does something in a folder; `WorldMoved` where the folder, or what was meant, is not there. */
  const within = <Result>(folder: Folder, act: (open: OpenFolder) => Result): Result =>
    step(() => {
      const open = opener.open(folder)
      try {
        const result = act(open)
        open.check()
        return result
      } finally {
        open.close()
      }
    })
  const withinAsync = async <Result>(
    folder: Folder,
    act: (open: OpenFolder) => Promise<Result>,
  ): Promise<Result> => {
    try {
      const open = opener.open(folder)
      try {
        return await act(open)
      } finally {
        open.close()
      }
    } catch (error) {
      throw asMoved(error)
    }
  }
  const lookAt = (path: string, shown: string): Look | undefined => {
    const stats = ifThere(() => lstatSync(path, { bigint: true }))
    if (!stats) return undefined
    const look = looks.lookOf(stats)
    if (look) return look
    throw new EverstowError('not-supported', { data: { path: shown, reason: 'special-file' } })
  }
  const expectLook = (path: string, shown: string): Look => {
    const look = lookAt(path, shown)
    if (!look) throw new WorldMoved('it is gone')
    return look
  }
  /** A pipe that came between look and staging has no look, and yet must go back. */
  const lookStagedAt = (name: string): Look | undefined => {
    const stats = ifThere(() => lstatSync(stagedPath(name), { bigint: true }))
    if (!stats) return undefined
    const special: Look = {
      kind: 'file',
      key: `special-${stats.ino}`,
      stamp: 'special',
      mtimeMs: 0,
      names: 1,
    }
    return looks.lookOf(stats) ?? special
  }
  const fetcher = createStageFetcher({ contents, volume, looks, stagedPath, flushStage })
  const unflushed = createUnflushed(opener, flushStage)
  const breathe = slices(clock)
  const readAt = async (spot: Spot, look: Look, take: Take): Promise<string | undefined> => {
    await breathe()
    return withinAsync(spot.folder, async (open) => {
      const content = await readContent(reading, open.at(spot.name), look, true, take)
      open.check()
      return content
    })
  }
  const takeName: Take = (fd, size) => contents.name(fd, size)

  return {
    root: { path: '', key: ROOT_KEY },
    list: (folder) =>
      withinAsync(folder, async (open) => {
        const { entries, skipped } = await listFolder(open, { looks, names, judge: judge(folder), breathe })
        if (skipped.size > 0) hidden.set(folder.path, skipped)
        else hidden.delete(folder.path)
        return entries
      }),
    hidden: ({ path }) => [...(hidden.get(path)?.keys() ?? [])],
    skipped: () =>
      [...hidden].flatMap(([path, reasons]) => {
        const found = [...reasons].flatMap(([name, reason]) =>
          reason === 'not-chosen' ? [] : [{ path: pathOf({ path, key: '' }, name), reason }],
        )
        return found.length > 0 && isStillIn(path) ? found : []
      }),
    async look({ folder, name }) {
      await breathe()
      return within(folder, (open) => {
        const look = lookAt(open.at(name), pathOf(folder, name))
        if (look) expectChosen({ folder, name }, look.kind)
        return look
      })
    },
    read: (spot, look) => readAt(spot, look, takeName),
    async makeDirectory(spot) {
      expectChosen(spot, 'directory')
      return within(spot.folder, (open) => {
        mkdirSync(open.at(spot.name))
        open.flush()
        return expectLook(open.at(spot.name), pathOf(spot.folder, spot.name))
      })
    },
    removeDirectory: async ({ folder, name }) =>
      within(folder, (open) => {
        const path = open.at(name)
        const left = readdirSync(path, { withFileTypes: true })
        // What only systems left in it goes with it, and is kept for a while as everything displaced.
        if (left.length > 0 && left.every((each) => each.isFile() && isLitter(each.name))) {
          versions.keep(path, pathOf(folder, name))
        } else rmdirSync(path)
        open.flush()
      }),
    rename: async (from, to) =>
      within(from.folder, (source) =>
        within(to.folder, (target) => {
          const kind = expectLook(source.at(from.name), from.name).kind
          expectChosen(to, kind)
          if (kind !== 'directory' || isOtherSpelling(from, to, source, target))
            renameByStage(source.at(from.name), target.at(to.name), stagedPath(`${ASIDE}renamed`))
          else renameToFree(source.at(from.name), target.at(to.name))
          source.flush()
          target.flush()
        }),
      ),

    async staged() {
      opener.checkRoot()
      hidden.clear()
      return step(() =>
        readdirSync(`${root}/${STAGE}`).flatMap((local) => {
          const name = names.fromLocal(local)
          const look = lookStagedAt(name)
          return look ? [{ name, look }] : []
        }),
      )
    },
    lookStaged: async (name) => step(() => lookStagedAt(name)),
    async readStaged(name, look) {
      try {
        return await readContent(reading, stagedPath(name), look, false, takeName)
      } catch (error) {
        throw asMoved(error)
      }
    },
    stagedFolder: (name, key) => ({ path: `${STAGE}/${name}`, key }),
    stage: async ({ folder, name }, staged) =>
      within(folder, (open) => {
        renameToFree(open.at(name), stagedPath(staged))
        cameFrom.set(staged, pathOf(folder, name))
        open.flush()
        flushStage()
      }),
    place: async (staged, spot, when) =>
      within(spot.folder, (open) => {
        expectChosen(spot, lookStagedAt(staged)?.kind ?? 'file')
        // Held before something is placed in it: it may be moved before it is flushed.
        if (when === 'later') unflushed.hold(spot.folder)
        moveName(stagedPath(staged), open.at(spot.name))
        if (when !== 'later') {
          open.flush()
          flushStage()
        }
        cameFrom.delete(staged)
      }),
    flush: () => unflushed.flush(),
    expect: (fetches) => fetcher.expect(fetches),
    fetch: (content, kind, name, mtimeMs) => fetcher.fetch({ content, kind, name, mtimeMs }),
    restage: async (from, to) =>
      step(() => {
        renameToFree(stagedPath(from), stagedPath(to))
        const place = cameFrom.get(from)
        if (place !== undefined) cameFrom.set(to, place)
        cameFrom.delete(from)
        flushStage()
      }),
    drop: async (name) =>
      step(() => {
        const stats = ifThere(() => lstatSync(stagedPath(name)))
        if (stats?.isDirectory()) rmdirSync(stagedPath(name))
        else if (stats) unlinkSync(stagedPath(name))
        cameFrom.delete(name)
      }),
    retire: async (name) =>
      step(() => {
        versions.keep(stagedPath(name), cameFrom.get(name) ?? options.placeOf?.(name) ?? '')
        cameFrom.delete(name)
        flushStage()
      }),

    shared: {
      store: (spot, look) => readAt(spot, look, (fd, size) => contents.store(fd, size)),
      isEnough: () => contents.isEnough(),
      finish: () => contents.finish(),
    },
    stagedPath,
    bytesOf: async ({ folder, name }, mostBytes) =>
      within(folder, (open) => {
        const stats = lstatSync(open.at(name))
        return stats.isFile() && stats.size <= mostBytes ? readFileSync(open.at(name)) : undefined
      }),
    versions: () => versions.list(),
    tidyVersions: (limits) => versions.tidy(limits),
  }
}
