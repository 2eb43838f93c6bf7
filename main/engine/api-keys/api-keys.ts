import { createHash, timingSafeEqual } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { getFact, setFact } from '../catalogue/journal.ts'
import type { Workspace } from '../catalogue/workspace.ts'
import { randomHex } from '../env/random.ts'
import { rememberedFile } from '../env/remembered-file.ts'
import { Secret } from '../env/secrets.ts'
import { BYTES_PER_HOUR, type DataScope, scopeProblem } from '../model/data-scope.ts'
import { EverstowError } from '../model/errors.ts'
import { forget, take, usedBytes } from './budget.ts'

/** `read-data`: reads data in backups and nothing else. `read`: looks. `operate`: starts and stops work. `admin`: also removes. */
const API_ROLES = ['read-data', 'read', 'operate', 'admin'] as const
export type ApiRole = (typeof API_ROLES)[number]

/** A key without what opens with it. */
export interface ApiKey {
  /** 8 hex digits. */
  readonly id: string
  readonly name: string
  readonly role: ApiRole
  readonly createdMs: number
  readonly expiresMs?: number
  readonly lastUsedMs?: number
  /** Of keys that read data: how far they see, how many bytes of contents an hour, and how many of those are used. */
  readonly scope?: DataScope
  readonly bytesPerHour?: number
  readonly usedBytes?: number
}

/** What may be chosen of a key that reads data. */
export type DataLimits = Partial<Pick<ApiKey, 'scope' | 'bytesPerHour'>>

/** The keys of a home folder. */
export interface ApiKeys {
  list(): Promise<ApiKey[]>
  /** Makes a key; the secret is never seen again. Fails with `name-taken`, and with `invalid-input` for limits that make no sense. */
  add(key: Pick<ApiKey, 'name' | 'role' | 'expiresMs'> & DataLimits): Promise<{ key: ApiKey; token: Secret }>
  /** Changes how far a key that reads data sees, by name or id; what is absent stays. */
  limit(nameOrId: string, limits: DataLimits): Promise<ApiKey>
  /** By name or id. Fails with `invalid-input` where there is none. */
  revoke(nameOrId: string): Promise<ApiKey>
  /** The key that a token opens, if it does and is not expired; notes that it was used. */
  check(token: string): Promise<ApiKey | undefined>
  /** A key that may still be used, by its id. */
  current(id: string): Promise<ApiKey | undefined>
  /** Books bytes of contents that a key is about to be given. Fails with `budget-exceeded`, and then nothing is booked. */
  take(key: ApiKey, bytes: number): void
}

const StoredKey = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{8}$/),
  name: z.string().min(1),
  role: z.enum(API_ROLES),
  createdMs: z.int(),
  expiresMs: z.int().optional(),
  scope: z
    .strictObject({
      planIds: z.array(z.string()).readonly().optional(),
      paths: z.array(z.string()).readonly().optional(),
      from: z.string().optional(),
      to: z.string().optional(),
    })
    .optional(),
  bytesPerHour: z.int().positive().optional(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})
type StoredKey = z.infer<typeof StoredKey>
const KeyFile = z.strictObject({ version: z.literal(1), keys: z.array(StoredKey) })

const TOKEN = /^evs_([0-9a-f]{8})_[A-Za-z0-9_-]{43}$/
const SECRET_BYTES = 32
const OWNER_ONLY = 0o600
const MAX_BYTES = 8 * 1024 * 1024
/** So often at most it is noted that a key was used. */
const NOTE_MS = 60_000
/** Compared with where no key has the id, so that this takes as long. */
const NO_HASH = '0'.repeat(64)

/** Opens the keys; the file is made with the first one. */
export function openApiKeys({ env, paths, database, lock }: Workspace): ApiKeys {
  const { files, clock } = env
  const path = join(paths.home, 'api-keys.json')
  const usedFact = (id: string): string => `api-key.${id}.used`

  const parse = (text: string): StoredKey[] => {
    try {
      return KeyFile.parse(JSON.parse(text)).keys
    } catch (error) {
      throw new EverstowError('settings-invalid', { data: { path, reason: 'form' }, cause: error })
    }
  }
  const readFile = rememberedFile(files, path, parse, ({ sizeBytes }) => {
    if (sizeBytes > MAX_BYTES) throw new EverstowError('settings-invalid', { data: { path, reason: 'size' } })
  })
  const read = async (): Promise<readonly StoredKey[]> => (await readFile()) ?? []

  async function change<T>(
    apply: (keys: readonly StoredKey[]) => { keys: StoredKey[]; result: T },
  ): Promise<T> {
    const held = await lock('api-keys', 'changing API keys')
    try {
      const { keys, result } = apply(await read())
      await files.writeAtomic(path, `${JSON.stringify({ version: 1, keys }, null, 2)}\n`, {
        mode: OWNER_ONLY,
      })
      return result
    } finally {
      await held.release()
    }
  }

  function view({ sha256: _, scope, bytesPerHour, ...key }: StoredKey): ApiKey {
    const used = Number(getFact(database, usedFact(key.id)))
    return {
      ...key,
      ...(used > 0 && { lastUsedMs: used }),
      ...(key.role === 'read-data' && {
        scope: scope ?? {},
        bytesPerHour: bytesPerHour ?? BYTES_PER_HOUR,
        usedBytes: usedBytes(database, key.id, clock.now()),
      }),
    }
  }

  const isOver = ({ expiresMs }: StoredKey) => expiresMs !== undefined && expiresMs <= clock.now()

  return {
    list: async () => (await read()).map(view),

    async add({ name, role, expiresMs, ...limits }) {
      checkLimits(role, limits)
      return change((keys) => {
        if (keys.some((key) => key.name === name || key.id === name))
          throw new EverstowError('name-taken', { data: { name } })
        const id = randomHex(env.random, 4)
        const token = `evs_${id}_${Buffer.from(env.random.bytes(SECRET_BYTES)).toString('base64url')}`
        const key: StoredKey = {
          id,
          name,
          role,
          createdMs: clock.now(),
          ...(expiresMs === undefined ? {} : { expiresMs }),
          ...limits,
          sha256: sha256(token).toString('hex'),
        }
        return { keys: [...keys, key], result: { key: view(key), token: new Secret(token) } }
      })
    },

    async limit(nameOrId, limits) {
      return change((keys) => {
        const key = namedKey(keys, nameOrId)
        checkLimits(key.role, limits)
        const changed: StoredKey = { ...key, ...limits }
        return { keys: keys.map((each) => (each === key ? changed : each)), result: view(changed) }
      })
    },

    async revoke(nameOrId) {
      return change((keys) => {
        const key = namedKey(keys, nameOrId)
        setFact(database, usedFact(key.id), undefined)
        forget(database, key.id)
        return { keys: keys.filter((each) => each !== key), result: view(key) }
      })
    },

    async check(token) {
      const id = TOKEN.exec(token)?.[1]
      const key = id === undefined ? undefined : (await read()).find((each) => each.id === id)
      const isSame = timingSafeEqual(sha256(token), Buffer.from(key?.sha256 ?? NO_HASH, 'hex'))
      const now = clock.now()
      if (!key || !isSame || isOver(key)) return undefined
      const known = view(key)
      if (now - (known.lastUsedMs ?? 0) >= NOTE_MS) setFact(database, usedFact(key.id), String(now))
      return known
    },

    async current(wanted) {
      const key = (await read()).find(({ id }) => id === wanted)
      return key && !isOver(key) ? view(key) : undefined
    },

    take({ id, bytesPerHour }, bytes) {
      if (bytesPerHour !== undefined && bytes > 0)
        take(database, { keyId: id, nowMs: clock.now(), bytes, bytesPerHour })
    },
  }
}

function namedKey(keys: readonly StoredKey[], nameOrId: string): StoredKey {
  const key = keys.find(({ id, name }) => id === nameOrId || name === nameOrId)
  if (!key)
    throw new EverstowError('invalid-input', { data: { field: 'key', value: nameOrId, reason: 'not-there' } })
  return key
}

/** Only who reads data is held to a part of it: every other role would promise what it does not keep. */
function checkLimits(role: ApiRole, { scope, bytesPerHour }: DataLimits): void {
  const field = scope ? 'scope' : 'bytesPerHour'
  if (role !== 'read-data' && (scope ?? bytesPerHour) !== undefined)
    throw new EverstowError('invalid-input', { data: { field, value: role, reason: 'scope-role' } })
  const problem = scope && scopeProblem(scope)
  if (problem) throw new EverstowError('invalid-input', { data: problem })
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
