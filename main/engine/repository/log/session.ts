import { EverstowError } from '../../model/errors.ts'
import type { LogRecord } from '../format/log-record.ts'
import type { AppendOptions } from './append-record.ts'
import { fitLists, type ListStore } from './list-objects.ts'
import type { CommitBody, RepackBody } from './plain-record.ts'
import type { RecordBody } from './record-bodies.ts'
import type { State } from './state.ts'

/** What of a log ends its sessions. */
interface SessionLog {
  readonly place: string
  refresh(signal?: AbortSignal): Promise<State>
  append<Type extends 'commit' | 'repack'>(
    type: Type,
    body: RecordBody<Type>,
    options?: AppendOptions,
  ): Promise<LogRecord | undefined>
}

interface EndRequest<Body> {
  /** Position of the session's `begin`. */
  readonly b: number
  /** Asked for after each `recheck`, which may have changed what is to be committed. Everything it names must be durable. */
  readonly body: Body | (() => Body | Promise<Body>)
  /**
   * S5 d: is every chunk that the session refers to in the index of `state` or in a pack of its own? When not, it reads the source again, uploads, and
   * says `again`. Called for every state that the commit might follow.
   */
  readonly recheck: (state: State) => Promise<'ok' | 'again'>
  readonly signal?: AbortSignal
}

/** Where a session's commit stands in the log. */
export interface Committed {
  readonly pos: number
}

export type CommitRequest = EndRequest<CommitBody>
export type RepackRequest = EndRequest<RepackBody>

/**
 * S5: commits a session behind a state in which everything it needs holds. V3: it commits at most once, however often this is called, because a state in
 * which the session is done answers with that; V4: it answers only when the record is there.
 */
export function commitSession(log: SessionLog, lists: ListStore, request: CommitRequest): Promise<Committed> {
  return endSession(log, request, async (body, precheck) => {
    const { b, snaps, idx, uses } = body
    const flat = { snaps, idx, packs: uses.packs, bases: uses.snaps }
    const fitted = await fitLists(flat, b, lists, request.signal)
    const record = {
      b,
      snaps: fitted.snaps,
      idx: fitted.idx,
      uses: { packs: fitted.packs, snaps: fitted.bases },
    }
    return log.append('commit', record, { precheck, signal: request.signal })
  })
}

/** The same for a session that replaces packs (repacking, healing): its new segments join the index as the dropped packs leave it. */
export function repackSession(log: SessionLog, lists: ListStore, request: RepackRequest): Promise<Committed> {
  return endSession(log, request, async ({ b, idx, drop, gone }, precheck) => {
    const fitted = await fitLists({ idx, drop }, b, lists, request.signal)
    return log.append(
      'repack',
      { b, ...fitted, ...(gone && { gone: [...gone] }) },
      { precheck, signal: request.signal },
    )
  })
}

type Precheck = (latest: State) => 'stop' | undefined

async function endSession<Body extends { readonly b: number }>(
  log: SessionLog,
  { b, body, recheck, signal }: EndRequest<Body>,
  append: (body: Body, precheck: Precheck) => Promise<LogRecord | undefined>,
): Promise<Committed> {
  for (;;) {
    // a
    const state = await log.refresh(signal)
    const session = state.sessions.get(b)
    // b: an earlier try of ours landed after all.
    if (session?.done !== undefined) return { pos: session.done }
    // c
    if (!session || session.expired !== undefined || session.suspect) {
      throw new EverstowError('session-expired', { data: { place: log.place, session: b } })
    }
    // d
    if ((await recheck(state)) === 'again') continue
    const content = typeof body === 'function' ? await body() : body
    if (content.b !== b)
      throw new EverstowError('internal', { message: 'a session commits what is another’s' })
    // e: only behind the very state that was looked at.
    const record = await append(content, (latest) => (latest.pos === state.pos ? undefined : 'stop'))
    if (record) return { pos: record.pos }
  }
}
