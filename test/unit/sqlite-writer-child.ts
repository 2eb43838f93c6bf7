/** Writes to a database without a pause until it is killed: `node sqlite-writer-child.ts PATH JOURNAL-MODE [LOCKING-MODE]`. */
import { DatabaseSync } from 'node:sqlite'

const ACCOUNTS = 2000
const [path = '', journalMode = 'delete', lockingMode = 'normal'] = process.argv.slice(2)
const database = new DatabaseSync(path, { timeout: 30_000 })
database.exec(
  `PRAGMA locking_mode = ${lockingMode}; PRAGMA journal_mode = ${journalMode}; PRAGMA synchronous = OFF`,
)
database.exec(`
  CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL, note BLOB NOT NULL);
  CREATE TABLE first (n INTEGER NOT NULL);
  CREATE TABLE last (n INTEGER NOT NULL);
  BEGIN;
  INSERT INTO first VALUES (0);
  INSERT INTO last VALUES (0);
`)
const add = database.prepare('INSERT INTO accounts VALUES (?, 1000, randomblob(900))')
for (let id = 0; id < ACCOUNTS; id++) add.run(id)
database.exec('COMMIT')
const change = database.prepare(
  'UPDATE accounts SET balance = balance + ?, note = randomblob(900) WHERE id = ?',
)
process.stdout.write('ready\n')
// What is taken from one account goes to another; both counters say how often that happened.
for (;;) {
  database.exec('BEGIN IMMEDIATE; UPDATE first SET n = n + 1')
  for (let i = 0; i < 20; i++) {
    const amount = Math.floor(Math.random() * 100)
    change.run(-amount, Math.floor(Math.random() * ACCOUNTS))
    change.run(amount, Math.floor(Math.random() * ACCOUNTS))
  }
  database.exec('UPDATE last SET n = n + 1; COMMIT')
}
