import { lstatSync } from '../../env/node/sync-files.ts'
import { parentPort } from '../../env/node/threads.ts'
import { asEverstowError, EverstowError } from '../../model/errors.ts'
import type { CountMessage, Stoppable } from './count-in-thread.ts'
import { IGNORE_FILE_NAME } from './exclude-rules.ts'
import { type ForbiddenPlaces, forbiddenPlaces } from './forbidden-places.ts'
import { type FsPath, joinPath, shownPath } from './fs-path.ts'
import { listFolder } from './list-folder.ts'
import { type ResolvedSources, resolveSources } from './resolve-sources.ts'
import type { Amount, LeftOutByRule, Survey, SurveyedPlan, SurveyOrder } from './survey.ts'
import { toThreadFailure } from './thread-failure.ts'
import { type ExcludedItem, walkSources } from './walk-sources.ts'

export interface SurveyRequest extends SurveyOrder, Stoppable {
  readonly mostEntries: number
}

/** Of each rule so many places are named. */
const NAMED = 5

/** How much may still be looked at. */
interface Allowance {
  /** False once nothing is left; throws `cancelled`. */
  take(): boolean
  readonly isUsedUp: boolean
}

function createAllowance({ mostEntries, stop }: SurveyRequest): Allowance {
  let left = mostEntries
  let isUsedUp = false
  return {
    take() {
      if (Atomics.load(stop, 0) !== 0) throw new EverstowError('cancelled')
      if (left === 0) isUsedUp = true
      else left--
      return !isUsedUp
    },
    get isUsedUp() {
      return isUsedUp
    },
  }
}

/** How much lies at a path and below it. What cannot be looked at counts nothing. */
function amountOf(path: FsPath, forbidden: ForbiddenPlaces, allowance: Allowance): Amount {
  const found = { files: 0, bytes: 0 }
  const open: FsPath[] = [path]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const stats = ifReadable(() => lstatSync(next, { bigint: true }))
    if (!stats || forbidden.has(next, stats)) continue
    if (!allowance.take()) return { ...found, isWhole: false }
    if (stats.isDirectory()) {
      for (const { text, bytes } of ifReadable(() => listFolder(next)) ?? [])
        open.push(joinPath(next, bytes ?? text))
      continue
    }
    found.files++
    if (stats.isFile()) found.bytes += Number(stats.size)
  }
  return { ...found, isWhole: true }
}

function ifReadable<Value>(look: () => Value): Value | undefined {
  try {
    return look()
  } catch (error) {
    if (asEverstowError(error).code === 'cancelled') throw error
    return undefined
  }
}

interface Group {
  readonly pattern: string
  readonly ignoreFile: string | undefined
  files: number
  bytes: number
  isWhole: boolean
  largest: ({ readonly path: string } & Amount)[]
}

function leftOutOf(plan: SurveyedPlan, allowance: Allowance): LeftOutByRule[] {
  const groups = new Map<string, Group>()
  const forbidden = forbiddenPlaces(plan.neverInclude)
  const onExcluded = ({ fsPath, pattern, ignoreFolder }: ExcludedItem): void => {
    const ignoreFile =
      ignoreFolder === undefined ? undefined : shownPath(joinPath(ignoreFolder, IGNORE_FILE_NAME))
    const key = `${ignoreFile ?? ''}\n${pattern}`
    const group = groups.get(key) ?? { pattern, ignoreFile, files: 0, bytes: 0, isWhole: true, largest: [] }
    groups.set(key, group)
    add(group, shownPath(fsPath), amountOf(fsPath, forbidden, allowance))
  }
  const walk = walkSources(sourcesHere(plan.sources), {
    exclude: plan.exclude,
    neverInclude: plan.neverInclude,
    cacheDirTags: false,
    onExcluded,
    onSkipped() {},
    onLeftOut() {},
    onUnmatched() {},
    checkpoint() {},
  })
  for (const _ of walk) if (!allowance.take()) break
  return [...groups.values()]
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ ignoreFile, ...group }) => ({ ...group, ...(ignoreFile === undefined ? {} : { ignoreFile }) }))
}

function add(group: Group, path: string, amount: Amount): void {
  group.files += amount.files
  group.bytes += amount.bytes
  group.isWhole &&= amount.isWhole
  const smallest = group.largest.at(-1)
  if (group.largest.length === NAMED && smallest && smallest.bytes >= amount.bytes) return
  group.largest = [...group.largest, { path, ...amount }].sort((a, b) => b.bytes - a.bytes).slice(0, NAMED)
}

/** The sources that can be looked at; one that is away, or lies where backups go, is told elsewhere. */
function sourcesHere(sources: readonly string[]): ResolvedSources {
  return resolveSources(sources.filter((source) => ifReadable(() => resolveSources([source])) !== undefined))
}

function survey(request: SurveyRequest): Survey {
  const allowance = createAllowance(request)
  const forbidden = forbiddenPlaces(request.neverInclude)
  // What nobody asked to leave out comes first: it must not go short.
  const folders = request.folders.map((path) => ({ path, ...amountOf(path, forbidden, allowance) }))
  const plans = request.plans.map((plan) => ({
    id: plan.id,
    excluded: ifReadable(() => leftOutOf(plan, allowance)) ?? [],
  }))
  return { plans, folders, isWhole: !allowance.isUsedUp }
}

function tell(message: CountMessage<Survey>): void {
  parentPort?.postMessage(message)
}

parentPort?.once('message', (request: SurveyRequest) => {
  try {
    tell({ type: 'done', found: survey(request) })
  } catch (error) {
    tell({ type: 'failed', error: toThreadFailure(error) })
  }
})
