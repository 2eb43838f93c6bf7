import { DatabaseSync } from 'node:sqlite'
import { EverstowError } from '../../model/errors.ts'
import type { NodeId, SyncedNode } from '../nodes.ts'
import type { BaseChange, Intent, SyncBase } from '../ports.ts'
import { createNodeTexts, createSyncedRows, type NodeTexts } from '../rows/node-rows.ts'

/** What a device knows of a space beside the nodes; random ids, positions, whatever whoever runs it has to remember. */
export interface BaseFacts {
  get(key: string): string | undefined
  /** One transaction; `undefined` forgets. */
  set(facts: Readonly<Record<string, string | undefined>>): void
}

/** A base in a file of its own. */
export interface OpenSyncBase extends SyncBase {
  readonly facts: BaseFacts
  /** Forgets all nodes and intents, and no facts: folder and journal are then united, and nothing is deleted. */
  forgetAll(): void
  close(): void
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS nodes (
    id TEXT PRIMARY KEY, parent TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, content TEXT,
    key TEXT NOT NULL, stamp TEXT NOT NULL, side TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS intents (at INTEGER PRIMARY KEY, intent TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
`
const VERSION = 1

/**
 * Opens what a device remembers of a space; makes it when there is none. One process at a time. Throws `sync-base-damaged` when it cannot be read or another version
 * wrote it: a new one may be made in its place, for without a base folder and journal are united. Its nodes are kept with these `texts`.
 */
export function openSyncBase(path: string, texts = createNodeTexts()): OpenSyncBase {
  const database = openDatabase(path)
  try {
    return loadBase(database, texts)
  } catch (error) {
    database.close()
    throw asDamage(error, path)
  }
}

function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 15_000 })
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;')
    const { quick_check } = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string }
    const { user_version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
    if (quick_check !== 'ok' || user_version > VERSION)
      throw new EverstowError('sync-base-damaged', { data: { path } })
    if (user_version < VERSION)
      database.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${VERSION}; COMMIT;`)
    return database
  } catch (error) {
    database.close()
    throw asDamage(error, path)
  }
}

/** SQLITE_ERROR 1 (another schema), SQLITE_CORRUPT 11, SQLITE_NOTADB 26. */
function asDamage(error: unknown, path: string): unknown {
  const { errcode } = error as { errcode?: number }
  const isDamage =
    (errcode !== undefined && [1, 11, 26].includes(errcode % 256)) || error instanceof SyntaxError
  return isDamage ? new EverstowError('sync-base-damaged', { data: { path }, cause: error }) : error
}

function loadBase(database: DatabaseSync, texts: NodeTexts): OpenSyncBase {
  const nodes = createSyncedRows(texts)
  for (const row of database
    .prepare('SELECT id, parent, name, kind, content, key, stamp, side FROM nodes')
    .iterate())
    nodes.set(row.id as NodeId, nodeOf(row))
  let intents = database
    .prepare('SELECT intent FROM intents ORDER BY at')
    .all()
    .map(({ intent }) => JSON.parse(intent as string) as Intent)

  const insert = database.prepare('INSERT OR REPLACE INTO nodes VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  const remove = database.prepare('DELETE FROM nodes WHERE id = ?')
  const insertIntent = database.prepare('INSERT INTO intents (intent) VALUES (?)')
  const insertFact = database.prepare('INSERT OR REPLACE INTO facts VALUES (?, ?)')
  const selectFact = database.prepare('SELECT value FROM facts WHERE key = ?')
  const removeFact = database.prepare('DELETE FROM facts WHERE key = ?')

  // Whatever `change` writes can be concluded again from folder and journal, so it need not wait for the disk. The log is one file and valid up to its first gap: a
  // power cut takes back the last transactions only, and syncing it for one makes all earlier ones durable too.
  let isWaiting = true
  const transact = (act: () => void, waits: boolean): void => {
    if (waits !== isWaiting) database.exec(`PRAGMA synchronous = ${waits ? 'FULL' : 'NORMAL'}`)
    isWaiting = waits
    database.exec('BEGIN IMMEDIATE')
    try {
      act()
      database.exec('COMMIT')
    } catch (error) {
      // On a full disk SQLite has rolled back by itself.
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
  }
  const write = (changes: readonly BaseChange[]): void => {
    for (const [id, node] of changes)
      if (!node) remove.run(id)
      else {
        const { parent, name, kind, content, key, stamp, side } = node
        insert.run(id, parent, name, kind, content ?? null, key, stamp, side ?? null)
      }
  }
  // Memory follows only what is durable.
  const remember = (changes: readonly BaseChange[]): void => {
    for (const [id, node] of changes)
      if (node) nodes.set(id, node)
      else nodes.delete(id)
  }
  return {
    nodes,
    idsOf: nodes.idsOf,
    change(changes) {
      if (changes.length === 0) return
      transact(() => write(changes), false)
      remember(changes)
    },
    decide(changes) {
      if (changes.length === 0) return
      transact(() => write(changes), true)
      remember(changes)
    },
    get intents() {
      return intents
    },
    intend(intent) {
      // Those of an earlier slot are settled: their slot is filled.
      const kept = intents.filter(({ slot }) => slot === intent.slot)
      transact(() => {
        if (kept.length < intents.length) database.exec('DELETE FROM intents')
        for (const each of kept.length < intents.length ? kept : []) insertIntent.run(JSON.stringify(each))
        insertIntent.run(JSON.stringify(intent))
      }, true)
      intents = [...kept, intent]
    },
    settle(changes) {
      if (changes.length === 0 && intents.length === 0) return
      transact(() => {
        write(changes)
        database.exec('DELETE FROM intents')
      }, true)
      remember(changes)
      intents = []
    },
    facts: {
      get: (key) => selectFact.get(key)?.value as string | undefined,
      set: (facts) =>
        transact(() => {
          for (const [key, value] of Object.entries(facts))
            if (value === undefined) removeFact.run(key)
            else insertFact.run(key, value)
        }, true),
    },
    forgetAll() {
      transact(() => database.exec('DELETE FROM nodes; DELETE FROM intents;'), true)
      nodes.clear()
      intents = []
    },
    close: () => database.close(),
  }
}

function nodeOf(row: Record<string, unknown>): SyncedNode {
  const { parent, name, kind, content, key, stamp, side } = row as Record<string, string | null>
  const node = { parent, name, kind, key, stamp } as SyncedNode
  return { ...node, ...(content !== null && { content }), ...(side !== null && { side }) } as SyncedNode
}
