import type { Session } from './open-session.ts'

/** How many rows a table has; its name as the server quotes it, with its schema. */
export interface TableRows {
  readonly table: string
  readonly rows: number
}

/** `everything`: what a cluster holds. `dumped`: what `pg_dump` writes rows of: what an extension brought comes from the extension again. */
export type CountScope = 'everything' | 'dumped'

const tablesQuery = (
  scope: CountScope,
): string => `SELECT coalesce(json_agg(format('%I.%I', nspname, relname) ORDER BY nspname, relname), '[]')
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
  WHERE relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema') AND nspname !~ '^pg_(toast|temp)'
    AND ${
      scope === 'everything'
        ? "relpersistence = 'p'"
        : `(relpersistence = 'p' OR relpersistence = 'u' AND NOT pg_is_in_recovery())
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')`
    }`

/** Reads every table of a database once and counts its own rows, without those of tables that inherit from it. */
export async function countRows(session: Session, scope: CountScope): Promise<TableRows[]> {
  // Nothing that somebody made under a name of PostgreSQL's own is run instead, and a table that shows a part of its rows is an error.
  await session.ask('SET search_path = pg_catalog; SET row_security = off; SET statement_timeout = 0')
  const counts: TableRows[] = []
  for (const table of JSON.parse(await session.ask(tablesQuery(scope))) as string[])
    counts.push({ table, rows: Number(await session.ask(`SELECT count(*) FROM ONLY ${table}`)) })
  return counts
}

/** A table whose rows are not those that were counted when it was dumped; `undefined`: it is not there. */
export interface DifferingTable {
  readonly table: string
  readonly recorded: number | undefined
  readonly found: number | undefined
}

/** Where two counts differ. */
export function differingTables(
  recorded: readonly TableRows[],
  found: readonly TableRows[],
): DifferingTable[] {
  const before = new Map(recorded.map(({ table, rows }) => [table, rows]))
  const now = new Map(found.map(({ table, rows }) => [table, rows]))
  return [...new Set([...before.keys(), ...now.keys()])]
    .filter((table) => before.get(table) !== now.get(table))
    .sort()
    .map((table) => ({ table, recorded: before.get(table), found: now.get(table) }))
}
