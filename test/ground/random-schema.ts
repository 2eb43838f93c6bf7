/** Draws whole numbers from 0 to below a bound. */
export type Draw = (below: number) => number

const AWKWARD = [
  'Plain',
  'with space',
  'quo"te',
  "apo'strophe",
  'select',
  'back\\slash',
  'été ☃',
  'CamelCase',
  'dot.ted',
  'dollar$sign',
  '%percent%',
  'semi;colon--',
]
const TYPES: readonly (readonly [type: string, value: string])[] = [
  ['integer', '42'],
  ['bigint', '-9223372036854775808'],
  ['numeric(30,10)', '12345678901234567890.0123456789'],
  ['double precision', "'NaN'"],
  ['text', `E'tab\\there \\\\ back\\nline ''quoted'' \\u2603'`],
  ['varchar(20)', "''"],
  ['bytea', "'\\x00ff10'"],
  ['boolean', 'true'],
  ['timestamptz', "'2024-02-29 23:59:59.999999+05:30'"],
  ['date', "'infinity'"],
  ['interval', "'1 year 2 mons -3 days 04:05:06.7'"],
  ['uuid', "'00000000-0000-0000-0000-0000000000ff'"],
  ['jsonb', `'{"a": [1, null, "\\\\"]}'`],
  ['inet', "'2001:db8::1/64'"],
  ['int4range', "'[1,10)'"],
  ['text[]', `ARRAY['a', NULL, 'NULL', '{"x"}', '']`],
  ['point', "'(1.5,-2)'"],
  ['tsvector', "'fat:1 cat:2'"],
  ['bit varying(9)', "B'10101'"],
]
const EXTENSIONS = ['hstore', 'citext', 'ltree', 'pg_trgm', 'pgcrypto', 'uuid-ossp', 'btree_gist', 'cube']

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** SQL that makes a schema with a bit of everything that a dump has to bring back, under names that need quoting, and fills it. */
export function randomSchema(schema: string, role: string, draw: Draw): string {
  const pick = <T>(all: readonly T[]): T => all[draw(all.length)] as T
  let count = 0
  const name = (): string => quoted(`${pick(AWKWARD)} ${++count}`)
  const inside = (what: string): string => `${quoted(schema)}.${what}`
  const sql: string[] = [`CREATE SCHEMA ${quoted(schema)};`]
  const mood = inside(name())
  sql.push(`CREATE TYPE ${mood} AS ENUM ('low', 'it''s', '☃');`)
  const positive = inside(name())
  sql.push(`CREATE DOMAIN ${positive} AS integer DEFAULT 7 CHECK (VALUE > 0);`)
  const pair = inside(name())
  sql.push(`CREATE TYPE ${pair} AS (a integer, "B b" text);`)
  const tables: { table: string; columns: string[] }[] = []
  for (let at = 0; at < 2 + draw(3); at++) {
    const table = inside(name())
    const id = name()
    const columns = Array.from({ length: 2 + draw(6) }, () => ({ column: name(), of: pick(TYPES) }))
    const [odd, kind, both] = [name(), name(), name()]
    sql.push(
      `CREATE TABLE ${table} (${id} bigint GENERATED ${pick(['ALWAYS', 'BY DEFAULT'])} AS IDENTITY (START ${1 + draw(1_000)}) PRIMARY KEY,
        ${columns.map(({ column, of }) => `${column} ${of[0]} ${pick(['', 'NOT NULL', `DEFAULT ${of[1]}`])}`).join(', ')},
        ${odd} ${positive}, ${kind} ${mood} DEFAULT 'it''s', ${both} ${pair}, twice bigint GENERATED ALWAYS AS (${odd} * 2) STORED);`,
      `COMMENT ON TABLE ${table} IS 'it''s a ☃ table; really';`,
    )
    for (let row = 0; row < 1 + draw(20); row++)
      sql.push(
        `INSERT INTO ${table} (${columns.map(({ column }) => column).join(', ')}, ${odd}, ${both})
          VALUES (${columns.map(({ of }) => of[1]).join(', ')}, ${1 + draw(1_000)}, ROW(${draw(9)}, 'x,"y"'));`,
      )
    sql.push(
      `CREATE INDEX ON ${table} (${odd}) WHERE ${odd} > 10;`,
      `CREATE INDEX ON ${table} ((${odd} % 3) DESC NULLS LAST) INCLUDE (${kind});`,
      `CREATE VIEW ${inside(name())} AS SELECT ${id}, ${odd} AS ${name()} FROM ${table} WHERE ${odd} > 1;`,
    )
    const before = tables.at(-1)
    if (before) {
      const link = name()
      sql.push(
        `ALTER TABLE ${table} ADD COLUMN ${link} bigint REFERENCES ${before.table} (${before.columns[0]}) ON DELETE CASCADE DEFERRABLE;`,
      )
    }
    tables.push({ table, columns: [id, odd] })
  }
  const [first] = tables as [(typeof tables)[0]]
  const touch = inside(name())
  const measured = inside(name())
  sql.push(
    `CREATE FUNCTION ${touch}() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN NEW.${first.columns[1]} := coalesce(NEW.${first.columns[1]}, 1); RETURN NEW; END $body$;`,
    `CREATE TRIGGER ${name()} BEFORE INSERT ON ${first.table} FOR EACH ROW EXECUTE FUNCTION ${touch}();`,
    `CREATE MATERIALIZED VIEW ${inside(name())} AS SELECT count(*) AS n FROM ${first.table};`,
    `CREATE SEQUENCE ${inside(name())} INCREMENT 3 MAXVALUE 99999 CYCLE;`,
    `CREATE TABLE ${measured} (at date NOT NULL, v integer) PARTITION BY RANGE (at);`,
    `CREATE TABLE ${inside(name())} PARTITION OF ${measured} FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');`,
    `CREATE TABLE ${inside(name())} PARTITION OF ${measured} DEFAULT;`,
    `INSERT INTO ${measured} VALUES ('2024-06-01', 1), ('1999-01-01', 2);`,
    `CREATE TABLE ${inside(name())} (extra text) INHERITS (${first.table});`,
    `CREATE UNLOGGED TABLE ${inside(name())} (x integer, EXCLUDE USING gist (int4range(x, x + 1) WITH &&));`,
    `ALTER TABLE ${first.table} ENABLE ROW LEVEL SECURITY;`,
    `CREATE POLICY ${name()} ON ${first.table} FOR SELECT TO ${quoted(role)} USING (${first.columns[1]} > 0);`,
    `GRANT SELECT, UPDATE (${first.columns[1]}) ON ${first.table} TO ${quoted(role)} WITH GRANT OPTION;`,
    `ALTER TABLE ${tables.at(-1)?.table} OWNER TO ${quoted(role)};`,
    `ALTER DEFAULT PRIVILEGES IN SCHEMA ${quoted(schema)} GRANT SELECT ON TABLES TO ${quoted(role)};`,
  )
  return sql.join('\n')
}

/** SQL for what belongs to a database as a whole: extensions and large objects. */
export function randomDatabase(draw: Draw): string {
  const extension = EXTENSIONS[draw(EXTENSIONS.length)] ?? 'hstore'
  const bytes = Array.from({ length: 1 + draw(5) }, () => draw(256).toString(16).padStart(2, '0')).join('')
  return [
    `CREATE EXTENSION ${quoted(extension)};`,
    `CREATE EXTENSION IF NOT EXISTS btree_gist;`,
    `SELECT lo_from_bytea(${100_000 + draw(1_000)}, decode(repeat('${bytes}', ${1 + draw(200_000)}), 'hex')) AS made \\gset`,
    `COMMENT ON LARGE OBJECT :made IS 'a large ☃ object';`,
  ].join('\n')
}
