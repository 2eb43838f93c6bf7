import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { transaction } from './transaction.ts'

/** What was done in a synced folder, or could not be done. */
export interface SyncActivityRow {
  readonly seq: number
  readonly atMs: number
  readonly do: 'upload' | 'download' | 'move' | 'delete' | 'make' | 'conflict'
  readonly direction: 'out' | 'in'
  readonly path: string
  readonly from: string | undefined
  readonly sizeBytes: number | undefined
}

/** A conflict as it was found, and what became of it. */
export interface SyncConflictRow {
  readonly id: string
  readonly folderId: string
  readonly nodeId: string
  readonly path: string
  readonly atMs: number
  readonly kind: 'waiting' | 'copy' | 'sent'
  /** Content texts (SPEC of sync); absent where nobody knows them. */
  readonly base: string | undefined
  readonly here: string
  readonly there: string
  readonly copyPath: string | undefined
  /** When the versions were last changed, milliseconds since 1970, and by which device, as far as that is known. */
  readonly hereMs: number | undefined
  readonly thereMs: number | undefined
  readonly thereDevice: string | undefined
  readonly state: 'open' | 'resolved'
  readonly kept: 'local' | 'remote' | 'both' | 'merged' | undefined
  readonly resolvedMs: number | undefined
}

/** What a person decided about the two contents of a node. */
export interface SyncChoiceRow {
  readonly nodeId: string
  readonly keep: 'local' | 'remote' | 'both'
  readonly here: string
  readonly there: string
}

/** Deletions that are held. */
export interface HeldRow {
  readonly heldId: string
  readonly direction: 'out' | 'in'
  readonly nodes: readonly string[]
}

/** Rows of activity that are kept of a folder. */
const MOST_ACTIVITY = 2_000

/** Times of files may have parts of milliseconds. */
const whole = (ms: number | undefined): number | null => (ms === undefined ? null : Math.round(ms))

/** What this computer writes down of its synced folders. It can be lost: the space and the folder are what counts. */
export function openSyncBook(database: DatabaseSync) {
  const all = <T>(sql: string, ...values: SQLInputValue[]): T[] =>
    (database.prepare(sql).all(...values) as Record<string, unknown>[]).map(
      (row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, value ?? undefined])) as T,
    )
  const run = (sql: string, ...values: SQLInputValue[]): number =>
    Number(database.prepare(sql).run(...values).changes)

  const CONFLICT = `SELECT id, folder_id AS folderId, node_id AS nodeId, path, at_ms AS atMs, kind, base, here, there, copy_path AS copyPath,
    here_ms AS hereMs, there_ms AS thereMs, there_device AS thereDevice, state, kept, resolved_ms AS resolvedMs FROM sync_conflicts`

  return {
    /** The last known status of a folder, as JSON. */
    status: (folderId: string): string | undefined =>
      all<{ status: string }>('SELECT status FROM sync_status WHERE folder_id = ?', folderId)[0]?.status,
    setStatus: (folderId: string, status: string): void => {
      run('INSERT OR REPLACE INTO sync_status (folder_id, status) VALUES (?, ?)', folderId, status)
    },

    addActivity: (folderId: string, rows: readonly Omit<SyncActivityRow, 'seq'>[]): void =>
      transaction(database, () => {
        for (const row of rows.slice(-MOST_ACTIVITY))
          run(
            'INSERT INTO sync_activity (folder_id, at_ms, do, direction, path, from_path, size_bytes) VALUES (?, ?, ?, ?, ?, ?, ?)',
            folderId,
            row.atMs,
            row.do,
            row.direction,
            row.path,
            row.from ?? null,
            row.sizeBytes ?? null,
          )
        run(
          `DELETE FROM sync_activity WHERE folder_id = ?1 AND seq <= (SELECT seq FROM sync_activity WHERE folder_id = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)`,
          folderId,
          MOST_ACTIVITY,
        )
      }),
    activity: (folderId: string, limit: number): SyncActivityRow[] =>
      all(
        `SELECT seq, at_ms AS atMs, do, direction, path, from_path AS "from", size_bytes AS sizeBytes FROM sync_activity
         WHERE folder_id = ? ORDER BY seq DESC LIMIT ?`,
        folderId,
        limit,
      ),

    addConflict({ kept: _, resolvedMs: __, state: ___, ...row }: SyncConflictRow): void {
      run(
        `INSERT OR REPLACE INTO sync_conflicts (id, folder_id, node_id, path, at_ms, kind, base, here, there, copy_path, here_ms, there_ms, there_device, state)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open')`,
        row.id,
        row.folderId,
        row.nodeId,
        row.path,
        row.atMs,
        row.kind,
        row.base ?? null,
        row.here,
        row.there,
        row.copyPath ?? null,
        whole(row.hereMs),
        whole(row.thereMs),
        row.thereDevice ?? null,
      )
    },
    conflict: (id: string): SyncConflictRow | undefined =>
      all<SyncConflictRow>(`${CONFLICT} WHERE id = ?`, id)[0],
    /** Newest first. */
    conflicts: (state: 'open' | 'resolved', folderId?: string): SyncConflictRow[] =>
      folderId === undefined
        ? all(`${CONFLICT} WHERE state = ? ORDER BY at_ms DESC, id LIMIT 10000`, state)
        : all(
            `${CONFLICT} WHERE state = ? AND folder_id = ? ORDER BY at_ms DESC, id LIMIT 10000`,
            state,
            folderId,
          ),
    /** `kept` undefined: it is open again. */
    settleConflict(id: string, kept: SyncConflictRow['kept'], atMs: number): void {
      run(
        'UPDATE sync_conflicts SET state = ?, kept = ?, resolved_ms = ? WHERE id = ?',
        kept === undefined ? 'open' : 'resolved',
        kept ?? null,
        kept === undefined ? null : atMs,
        id,
      )
    },
    dropConflict: (id: string): void => void run('DELETE FROM sync_conflicts WHERE id = ?', id),
    forgetResolved: (beforeMs: number): void =>
      void run("DELETE FROM sync_conflicts WHERE state = 'resolved' AND resolved_ms < ?", beforeMs),

    choices: (folderId: string): SyncChoiceRow[] =>
      all('SELECT node_id AS nodeId, keep, here, there FROM sync_choices WHERE folder_id = ?', folderId),
    choose(folderId: string, { nodeId, keep, here, there }: SyncChoiceRow): void {
      run(
        'INSERT OR REPLACE INTO sync_choices (folder_id, node_id, keep, here, there) VALUES (?, ?, ?, ?, ?)',
        folderId,
        nodeId,
        keep,
        here,
        there,
      )
    },
    unchoose: (folderId: string, nodeId: string): void =>
      void run('DELETE FROM sync_choices WHERE folder_id = ? AND node_id = ?', folderId, nodeId),

    /** Changes that a person lets wait, by key. */
    waiting: (folderId: string): string[] =>
      all<{ key: string }>('SELECT key FROM sync_waiting WHERE folder_id = ?', folderId).map(
        ({ key }) => key,
      ),
    letWait: (folderId: string, key: string): number =>
      run('INSERT OR IGNORE INTO sync_waiting (folder_id, key) VALUES (?, ?)', folderId, key),
    /** Without keys: all. */
    letGo(folderId: string, keys?: readonly string[]): number {
      if (!keys) return run('DELETE FROM sync_waiting WHERE folder_id = ?', folderId)
      return keys.reduce(
        (sum, key) => sum + run('DELETE FROM sync_waiting WHERE folder_id = ? AND key = ?', folderId, key),
        0,
      )
    },

    /** Deletions that are held until a person says what becomes of them. */
    noteHeld(folderId: string, held: readonly HeldRow[]): void {
      const known = all<{ heldId: string }>(
        'SELECT held_id AS heldId FROM sync_held WHERE folder_id = ?',
        folderId,
      )
      for (const { heldId, direction, nodes } of held)
        if (!known.some((row) => row.heldId === heldId))
          run(
            'INSERT INTO sync_held (folder_id, held_id, direction, nodes) VALUES (?, ?, ?, ?)',
            folderId,
            heldId,
            direction,
            JSON.stringify(nodes),
          )
    },
    /** False: nothing of that kind is held. */
    decide: (folderId: string, heldId: string, decision: 'approve' | 'restore'): boolean =>
      run(
        'UPDATE sync_held SET decision = ? WHERE folder_id = ? AND held_id = ?',
        decision,
        folderId,
        heldId,
      ) > 0,
    decisions: (folderId: string): (HeldRow & { readonly decision: 'approve' | 'restore' })[] =>
      all<{ heldId: string; direction: 'out' | 'in'; nodes: string; decision: 'approve' | 'restore' }>(
        'SELECT held_id AS heldId, direction, nodes, decision FROM sync_held WHERE folder_id = ? AND decision IS NOT NULL',
        folderId,
      ).map((row) => ({ ...row, nodes: JSON.parse(row.nodes) as string[] })),
    /** What was decided is done, or about something that is gone. */
    forgetHeld: (folderId: string): void => void run('DELETE FROM sync_held WHERE folder_id = ?', folderId),

    forget(folderId: string): void {
      for (const table of ['status', 'activity', 'conflicts', 'choices', 'waiting', 'held'])
        run(`DELETE FROM sync_${table} WHERE folder_id = ?`, folderId)
    },
  }
}

export type SyncBook = ReturnType<typeof openSyncBook>
