import type { PlainBody, PlainRecord } from './plain-record.ts'
import type { AlarmReason, Collections, LogEntry, SnapshotState, State, SweepState } from './state.ts'

/** A state that is being carried on: collections are copied when they are first written to, once however many records follow. */
export interface Draft {
  /** As it stands now; do not keep it. */
  readonly now: State
  /** Carries on with the next slot of the log. */
  apply(entry: LogEntry): void
  /** The finished state. The draft must not be used afterwards. */
  finish(): State
}

type Mutable<Type> = { -readonly [Field in keyof Type]: Type[Field] }

/** Carries a state on over many records; cheap for 10^5 of them. Pure: equal states and entries give equal states (V8). */
export function draftOf(state: State): Draft {
  const next: Mutable<State> = { ...state }
  const copied = new Set<keyof Collections>()
  const edit = <Name extends keyof Collections>(name: Name): Collections[Name] => {
    if (!copied.has(name)) {
      copied.add(name)
      Object.assign(next, { [name]: new Map(next[name] as ReadonlyMap<unknown, unknown>) })
    }
    // Just copied, so it may be written to.
    return next[name] as unknown as Collections[Name]
  }
  return {
    now: next,
    apply(entry) {
      if (entry.pos !== next.pos + 1) throw new RangeError(`Record ${entry.pos} after ${next.pos}`)
      next.pos = entry.pos
      next.hash = entry.hash
      const { record } = entry
      const fault = entry.fault ?? (record ? objectionTo(next, record, entry.pos) : 'unreadable')
      if (fault) alarm(next, edit, entry, fault)
      else if (record) change(next, edit, record, entry.pos)
    },
    finish: () => next,
  }
}

/** The state after some more slots of the log. */
export function replay(state: State, entries: Iterable<LogEntry>): State {
  const draft = draftOf(state)
  for (const entry of entries) draft.apply(entry)
  return draft.finish()
}

type Edit = <Name extends keyof Collections>(name: Name) => Collections[Name]

/** Why a record of good form and signature may not stand where it stands. No correct writer makes such a record. */
function objectionTo(state: State, record: PlainRecord, pos: number): AlarmReason | undefined {
  if (pos === 0) return undefined
  if (record.type === 'device+') {
    const known = state.devices.get(record.body.device.id)
    if (record.device !== record.body.device.id || known?.removed !== undefined) return 'device'
    return known && known.publicKey !== record.body.device.publicKey ? 'device' : undefined
  }
  const device = state.devices.get(record.device)
  if (!device || device.removed !== undefined) return 'device'
  if (record.type === 'owner') return state.owner === undefined ? 'owner' : undefined
  if (state.owner !== undefined && record.device !== state.owner) return 'owner'
  if (record.type === 'commit' || record.type === 'repack') {
    const session = state.sessions.get(record.body.b)
    // V3: a session commits at most once; and never after it expired.
    if (!session || session.done !== undefined || session.expired !== undefined || session.suspect)
      return 'session'
  }
  return undefined
}

/** A record that does not count: it changes nothing, but what it names is not deleted. */
function alarm(state: Mutable<State>, edit: Edit, entry: LogEntry, reason: AlarmReason): void {
  const { pos, record } = entry
  state.alarms = [...state.alarms, { pos, reason }]
  // What such a record swept is unknown; and behind a broken chain stands somebody else's history.
  if (!record || reason === 'unreadable' || reason === 'chain') state.damaged = true
  if (record?.type !== 'commit' && record?.type !== 'repack') return
  const session = state.sessions.get(record.body.b)
  if (session) edit('sessions').set(session.b, { ...session, suspect: true })
  if (record.type === 'commit') {
    for (const snap of record.body.snaps) {
      if (!state.snapshots.has(snap) && !state.suspects.has(snap)) edit('suspects').set(snap, pos)
    }
  }
}

function change(state: Mutable<State>, edit: Edit, record: PlainRecord, pos: number): void {
  switch (record.type) {
    case 'genesis': {
      state.destId = record.body.dest
      state.repoJsonHash = record.body.repo
      state.owner = record.body.writers === 'one' ? record.body.device.id : undefined
      edit('devices').set(record.body.device.id, { ...record.body.device, pos })
      return
    }
    case 'device+': {
      const known = state.devices.get(record.body.device.id)
      edit('devices').set(record.body.device.id, { ...record.body.device, pos: known?.pos ?? pos })
      return
    }
    case 'device-':
      update(edit('devices'), record.body.id, (device) => ({ ...device, removed: pos }))
      return
    case 'key+': {
      const { slot, kind, epoch } = record.body
      edit('slots').set(slot, { kind, epoch })
      return
    }
    case 'key-':
      edit('slots').delete(record.body.slot)
      return
    case 'owner':
      state.owner = record.body.device
      return
    case 'begin':
      edit('sessions').set(pos, {
        b: pos,
        device: record.device,
        purpose: record.body.purpose,
        at: record.at,
      })
      return
    case 'expire':
      update(edit('sessions'), record.body.b, (session) =>
        session.done === undefined && session.expired === undefined ? { ...session, expired: pos } : session,
      )
      return
    case 'commit':
      addSegments(edit, record.body, pos)
      addSnapshots(state, edit, record.body, record.device, pos)
      return
    case 'repack':
      for (const segment of record.body.gone ?? []) edit('segments').delete(segment)
      addSegments(edit, record.body, pos)
      sweep(edit, record.body.drop, [], record.at, pos)
      return
    case 'forget':
      forget(state, edit, record.body.snaps, record.at, pos)
      return
    case 'unforget':
      unforget(state, edit, record.body.snaps)
      return
    case 'pin':
    case 'unpin': {
      const pinned = record.type === 'pin'
      for (const snap of record.body.snaps) update(edit('snapshots'), snap, (known) => ({ ...known, pinned }))
      return
    }
    case 'sweep':
      sweep(edit, record.body.packs, record.body.snaps, record.at, pos)
      return
    case 'restore':
      restore(state, edit, record.body.sweep, pos)
      return
    case 'purge':
      update(edit('sweeps'), record.body.sweep, (known) =>
        known.restored === undefined && known.purged === undefined ? { ...known, purged: pos } : known,
      )
      return
    case 'lost':
      for (const chunk of record.body.chunks) edit('lost').set(chunk, pos)
      return
    case 'found':
      for (const chunk of record.body.chunks) edit('lost').delete(chunk)
      return
  }
}

/** The session is done, and its segments belong to the index under its `b`. */
function addSegments(edit: Edit, body: PlainBody<'commit'> | PlainBody<'repack'>, pos: number): void {
  update(edit('sessions'), body.b, (session) => ({ ...session, done: pos }))
  const segments = edit('segments')
  for (const segment of body.idx) {
    segments.delete(segment)
    segments.set(segment, body.b)
  }
}

function addSnapshots(
  state: State,
  edit: Edit,
  body: PlainBody<'commit'>,
  device: string,
  pos: number,
): void {
  const snapshots = edit('snapshots')
  for (const snap of body.snaps) {
    const known = snapshots.get(snap)
    const tombstone = state.tombstones.get(snap)
    // Brought again it is whole again, though still forgotten: `gone` falls away.
    const { gone: _, ...kept }: Partial<SnapshotState> = known ?? { ...tombstone }
    snapshots.set(snap, { pinned: false, ...kept, pos, b: body.b, device })
    if (tombstone) edit('tombstones').delete(snap)
    if (state.suspects.has(snap)) edit('suspects').delete(snap)
  }
}

function forget(state: State, edit: Edit, snaps: readonly string[], at: string, pos: number): void {
  const tombstone = { forgotten: pos, forgottenAt: at }
  for (const snap of snaps) {
    const known = state.snapshots.get(snap)
    if (!known && !state.tombstones.has(snap)) edit('tombstones').set(snap, tombstone)
    if (known && known.forgotten === undefined) edit('snapshots').set(snap, { ...known, ...tombstone })
    if (state.suspects.has(snap)) edit('suspects').delete(snap)
  }
}

function unforget(state: State, edit: Edit, snaps: readonly string[]): void {
  for (const snap of snaps) {
    if (state.tombstones.has(snap)) edit('tombstones').delete(snap)
    const known = state.snapshots.get(snap)
    if (known?.forgotten === undefined || known.gone !== undefined) continue
    const { forgotten: _, forgottenAt: __, ...remembered } = known
    edit('snapshots').set(snap, remembered)
  }
}

function sweep(
  edit: Edit,
  packs: readonly string[],
  snaps: readonly string[],
  at: string,
  pos: number,
): void {
  edit('sweeps').set(pos, { pos, packs, snaps, at })
  const swept = edit('swept')
  for (const pack of packs) swept.set(pack, [...(swept.get(pack) ?? []), pos])
  for (const snap of snaps) {
    update(edit('snapshots'), snap, (known) =>
      known.forgotten !== undefined && mayBeGivenUp(known, edit('sweeps')) ? { ...known, gone: pos } : known,
    )
  }
}

/** Whether a sweep may (again) give the snapshot up: none has, or that one was undone while another still stands. */
export function mayBeGivenUp({ gone }: SnapshotState, sweeps: ReadonlyMap<number, SweepState>): boolean {
  return gone === undefined || sweeps.get(gone)?.restored !== undefined
}

/** Undoes a sweep that is not purged. */
function restore(state: State, edit: Edit, sweepPos: number, pos: number): void {
  const known = state.sweeps.get(sweepPos)
  if (!known || known.purged !== undefined || known.restored !== undefined) return
  edit('sweeps').set(sweepPos, { ...known, restored: pos })
  const swept = edit('swept')
  for (const pack of known.packs) {
    const others = (swept.get(pack) ?? []).filter((other) => other !== sweepPos)
    if (others.length > 0) swept.set(pack, others)
    else swept.delete(pack)
  }
  // Any sweep since it was given up may have taken packs of a snapshot: it is whole again when all of them are undone.
  const standing = [...state.sweeps.values()].filter((other) => other.restored === undefined)
  const newest = standing.at(-1)?.pos ?? -1
  for (const [snap, snapshot] of state.snapshots) {
    if (snapshot.gone === undefined || snapshot.gone <= newest) continue
    const { gone: _, ...undoable } = snapshot
    edit('snapshots').set(snap, undoable)
  }
}

function update<Key, Value>(map: Map<Key, Value>, key: Key, to: (value: Value) => Value): void {
  const value = map.get(key)
  if (value !== undefined) map.set(key, to(value))
}
