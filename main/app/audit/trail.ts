import { type CallName, calls, type Run } from '../../contract/index.ts'
import type { Actor, AuditLog, NewEntry } from '../../engine/engine.ts'
import { asEverstowError, type ErrorCode } from '../../engine/model/errors.ts'
import { short, targetsOf } from './targets.ts'

/** Who calls, and through what. */
export interface Caller {
  readonly actor: Actor
  readonly host: string
  /** Everything this caller asks is written down, not only what changes something. */
  readonly isTraced?: boolean
  /** A program that may only read data in backups. Everything it asks is written down before it is answered. */
  readonly client?: DataClient
}

/** A program that reads data in backups, by its key. What that admits is looked up at each call: it may change, or end. */
export interface DataClient {
  readonly keyId: string
  readonly name: string
}

/** Writes down who did what. */
export interface Trail {
  /** Does the work of a call and writes down that it began and how it ended, where that is wanted. */
  around<T>(name: CallName, input: unknown, work: () => Promise<T>, caller?: Caller): Promise<T>
  /** Writes down that a call was not let in. */
  refused(name: string, input: unknown, code: string, caller?: Caller): Promise<void>
  /** Writes down a question that no call of the contract answers. */
  asked(action: string, caller: Caller): Promise<void>
  /** Writes down runs that a schedule started; `name`: of the plan, or of the work. */
  scheduled(name: string, runs: readonly Run[]): Promise<void>
  /** Writes down what Everstow does on its own. */
  bySystem<T>(
    action: CallName,
    work: () => Promise<T>,
    targets?: Readonly<Record<string, string>>,
  ): Promise<T>
  /** Writes down how a run ended that this trail knows the beginning of. */
  runEnded(run: Run): Promise<void>
}

/** Begun, not yet ended. */
interface Begun {
  readonly caller: Caller
  readonly action: string
  readonly targets: Readonly<Record<string, string>>
  /** Number of the entry that says so; absent where it could not be written. */
  readonly number: number | undefined
}

/** What is written of a run that ended. */
interface Ended {
  readonly how: Pick<NewEntry, 'outcome' | 'code'>
  readonly backupId: string | undefined
}

/** They ask what could be done and do nothing. */
const ONLY_ASK: readonly CallName[] = [
  'host.pickFolder',
  'host.openFolder',
  'host.showWindow',
  'update.check',
  'restore.preflight',
]
/** A server says it every minute, all by itself; what came of it lies in the places. */
const ROUTINE: readonly CallName[] = ['databases.archiveWal']
/** They change nothing and hand out contents. */
const READ_CONTENTS: readonly CallName[] = [
  'backup.read',
  'data.read',
  'data.query',
  'data.series',
  'data.diff',
  'data.search',
  'data.outline',
  'restore.preview',
  'restore.present',
  'sync.compare',
  'sync.preview',
]
const ACTION_OF_RUN: Readonly<Record<Run['kind'], CallName>> = {
  backup: 'backup.start',
  push: 'backup.push',
  restore: 'restore.start',
  verify: 'backup.verify',
  cleanup: 'backup.cleanup',
  rebuild: 'catalogue.rebuild',
  prune: 'backup.prune',
  drill: 'backup.drill',
  renew: 'repository.renew',
  recover: 'databases.recover',
  prove: 'databases.prove',
  tidy: 'databases.tidy',
  sync: 'sync.run',
  mirror: 'mirror.run',
  sweep: 'sync.tidy',
  undo: 'restore.undo',
}
/** What the gate says of who may not read on. */
const NOT_ADMITTED: readonly ErrorCode[] = ['budget-exceeded', 'permission-denied', 'data-off']
/** Of so many files or runs it is remembered that they were written down, or that they ended. */
const REMEMBERED = 1_000

/** `self`: the person whose process this is, for callers that say nothing of themselves. */
export function createTrail(log: AuditLog, self: Caller): Trail {
  const begunRuns = new Map<string, Begun>()
  /** Runs that ended before anybody said who began them. */
  const endedRuns = new Map<string, Ended>()
  const filesRead = new Set<string>()

  /** What cannot be written keeps a person from nothing; the log counts it. Whoever comes from outside is refused. */
  async function write(
    caller: Caller,
    entry: Omit<NewEntry, 'actor' | 'host'>,
    when?: 'soon',
  ): Promise<number | undefined> {
    try {
      return await log.append({ ...entry, actor: caller.actor, host: caller.host }, when)
    } catch (error) {
      if (caller.isTraced || caller.client) throw error
      return undefined
    }
  }

  async function begin(caller: Caller, action: string, targets: Begun['targets']): Promise<Begun> {
    const number = await write(caller, { action, targets: { ...targets }, outcome: 'started' })
    return { caller, action, targets, number }
  }

  async function end(
    { caller, action, targets, number }: Begun,
    how: Pick<NewEntry, 'outcome' | 'code'>,
    more: Begun['targets'] = {},
  ): Promise<void> {
    const ends = number === undefined ? {} : { ends: number }
    await write(caller, { action, targets: { ...targets, ...more }, ...how, ...ends })
  }

  async function follow(runId: string, begun: Begun): Promise<void> {
    const ended = endedRuns.get(runId)
    if (!ended) begunRuns.set(runId, begun)
    else await endRun(runId, ended, begun)
  }

  async function endRun(runId: string, { how, backupId }: Ended, begun: Begun): Promise<void> {
    endedRuns.delete(runId)
    begunRuns.delete(runId)
    await end(begun, how, { runId, ...(backupId === undefined ? {} : { backupId }) })
  }

  async function whole<T>(begun: Begun, work: () => Promise<T>): Promise<T> {
    let output: T
    try {
      output = await work()
    } catch (error) {
      await end(begun, failure(error))
      throw error
    }
    const runId = runIdOf(output)
    if (runId !== undefined) await follow(runId, begun)
    else await end(begun, { outcome: 'done' }, newIdOf(output))
    return output
  }

  /** Written when it is over, and before it is answered: nothing changes, whatever happens in between. `isTold`: whether what came of it is worth an entry. */
  async function read<T>(
    name: CallName,
    input: unknown,
    work: () => Promise<T>,
    caller: Caller,
    {
      isAwaited,
      isTold = () => true,
    }: { readonly isAwaited: boolean; readonly isTold?: (targets: Begun['targets']) => boolean },
  ): Promise<T> {
    const say = async (targets: Begun['targets'], how: Pick<NewEntry, 'outcome' | 'code'>) => {
      const entry = { action: name, targets: { ...targets }, ...how }
      if (isAwaited) await write(caller, entry)
      else write(caller, entry, 'soon').catch(() => {})
    }
    const asked = targetsOf(input)
    let output: T
    try {
      output = await work()
    } catch (error) {
      await say(asked, caller.client ? refusal(error) : failure(error))
      throw error
    }
    const targets = { ...asked, ...(isData(name) ? backupIdOf(output) : {}) }
    if (isTold(targets)) await say(targets, { outcome: 'done' })
    return output
  }

  /** Whether the first piece of a file is asked for, rather than the next one. */
  function isNewRead(input: unknown, caller: Caller): boolean {
    const { id, path } = targetsOf(input)
    const isFirst = isNewFile([id, path], caller)
    return isFirst || (input as { offset?: number }).offset === 0
  }

  /** Whether a caller sees a file for the first time, as far as anybody remembers. */
  function isNewFile(file: readonly (string | undefined)[], { actor }: Caller): boolean {
    const key = JSON.stringify([actor, ...file])
    if (filesRead.has(key)) return false
    if (filesRead.size >= REMEMBERED) filesRead.clear()
    filesRead.add(key)
    return true
  }

  return {
    async around(name, input, work, caller = self) {
      if (caller.client) return read(name, input, work, caller, { isAwaited: true })
      if (READ_CONTENTS.includes(name) && isData(name))
        // Which backup `latest` was is known when it was read.
        return read(name, input, work, caller, {
          isAwaited: true,
          isTold: ({ backupId, backup, from, to, path }) =>
            isNewFile([backupId ?? backup, from, to, path], caller),
        })
      if (READ_CONTENTS.includes(name))
        return isNewRead(input, caller) ? read(name, input, work, caller, { isAwaited: true }) : work()
      if (calls[name].access !== 'view' && ![...ONLY_ASK, ...ROUTINE].includes(name))
        return whole(await begin(caller, name, aboutOf(name, input)), work)
      return caller.isTraced ? read(name, input, work, caller, { isAwaited: false }) : work()
    },

    async refused(name, input, code, caller = self) {
      const isKnown = Object.hasOwn(calls, name)
      if (isKnown && calls[name as CallName].access === 'view' && !caller.isTraced && !caller.client) return
      await write(caller, {
        action: short(name),
        targets: targetsOf(input),
        outcome: 'refused',
        code,
      })
    },

    async asked(action, caller) {
      await write(caller, { action, targets: {}, outcome: 'done' }, 'soon').catch(() => {})
    },

    async scheduled(name, runs) {
      const caller: Caller = { actor: { kind: 'schedule', name: short(name) }, host: self.host }
      for (const run of runs) {
        const targets = { runId: run.id, ...(run.planId === undefined ? {} : { planId: run.planId }) }
        await follow(run.id, await begin(caller, ACTION_OF_RUN[run.kind], targets))
      }
    },

    async bySystem(action, work, targets = {}) {
      return whole(
        await begin({ actor: { kind: 'system', name: 'everstow' }, host: self.host }, action, targets),
        work,
      )
    },

    async runEnded(run) {
      const begun = begunRuns.get(run.id)
      if (begun) return endRun(run.id, endedAs(run), begun).catch(() => {})
      endedRuns.set(run.id, endedAs(run))
      const [oldest] = endedRuns.keys()
      if (endedRuns.size > REMEMBERED && oldest !== undefined) endedRuns.delete(oldest)
    },
  }
}

function endedAs({ state, error, backupId }: Run): Ended {
  const outcome = state === 'done' || state === 'incomplete' ? 'done' : 'failed'
  return { how: state === 'done' ? { outcome } : { outcome, code: error?.code ?? state }, backupId }
}

function failure(error: unknown): Pick<NewEntry, 'outcome' | 'code'> {
  return { outcome: 'failed', code: asEverstowError(error).code }
}

/** How a program's question ended: what it may not have is refused, all else went wrong. */
function refusal(error: unknown): Pick<NewEntry, 'outcome' | 'code'> {
  const { code } = asEverstowError(error)
  return { outcome: NOT_ADMITTED.includes(code) ? 'refused' : 'failed', code }
}

function isData(name: CallName): boolean {
  return name.startsWith('data.')
}

/** The backup that an answer is of. */
function backupIdOf(output: unknown): { readonly backupId?: string } {
  const { backupId } = (output ?? {}) as { readonly backupId?: unknown }
  return typeof backupId === 'string' ? { backupId } : {}
}

/** Of settings the names that change: a value may be anything. */
function aboutOf(name: CallName, input: unknown): Record<string, string> {
  if (name === 'settings.update') return { settings: short(Object.keys(input as object).join(', ')) }
  return targetsOf(input)
}

function runIdOf(output: unknown): string | undefined {
  return (output as { runId?: string } | undefined)?.runId
}

/** The id of what a call made. */
function newIdOf(output: unknown): Record<string, string> {
  const id = (output as { id?: unknown } | undefined)?.id
  return typeof id === 'string' ? { id } : {}
}
