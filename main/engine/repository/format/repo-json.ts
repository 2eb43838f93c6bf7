import { z } from 'zod'
import { type Random, randomHex } from '../../env/random.ts'
import { EverstowError } from '../../model/errors.ts'
import { REPO_ID_BYTES } from '../crypto/repo-keys.ts'
import { countField, hex16Bytes, parseBoundedJson, timeField } from './json-fields.ts'

export const REPOSITORY_VERSION = 1
const LARGEST_BYTES = 64 * 1024

/** Features that a reader must know to read anything; none yet. */
const KNOWN_MANDATORY: ReadonlySet<string> = new Set()

const featureNames = z.array(z.string().min(1).max(64)).max(100)

const chunkerSchema = z
  .object({ kind: z.literal('gear'), min: countField, average: countField, max: countField })
  .refine(({ min, average, max }) => min >= 64 && min <= average && average <= max && max <= 0x10000000)

/** What every version of the format has: enough to say that it is one, and which. */
const envelopeSchema = z.object({
  format: z.literal('everstow-repository'),
  version: z.int().positive(),
  mandatory: featureNames,
})

const schema = z.object({
  format: z.literal('everstow-repository'),
  version: z.literal(REPOSITORY_VERSION),
  id: hex16Bytes,
  created: timeField,
  mandatory: featureNames,
  optional: featureNames,
  chunker: chunkerSchema,
})

/** What `repo.json` says. Its hash stands in record 0 of each log: it is written once, byte for byte the same everywhere. */
export type RepoDescription = Readonly<z.infer<typeof schema>>

/** A new repository: a random id and the usual chunk sizes. `now` in milliseconds since 1970. */
export function createRepoDescription(random: Random, now: number): RepoDescription {
  return {
    format: 'everstow-repository',
    version: REPOSITORY_VERSION,
    id: randomHex(random, REPO_ID_BYTES),
    created: new Date(now).toISOString(),
    mandatory: [],
    optional: [],
    chunker: { kind: 'gear', min: 256 * 1024, average: 1024 * 1024, max: 4 * 1024 * 1024 },
  }
}

/** The bytes of `repo.json`: the same description makes the same bytes. */
export function encodeRepoJson(description: RepoDescription): Uint8Array {
  return Buffer.from(JSON.stringify(schema.parse(description)))
}

/** Reads `repo.json`; `repository-foreign` when it is something else, `repository-newer` when a newer Everstow is needed. */
export function parseRepoJson(bytes: Uint8Array): RepoDescription {
  const json = parseBoundedJson(bytes, LARGEST_BYTES)
  const envelope = envelopeSchema.safeParse(json)
  if (!envelope.success) throw new EverstowError('repository-foreign', { cause: envelope.error })
  const { version, mandatory } = envelope.data
  const unknown = mandatory.find((name) => !KNOWN_MANDATORY.has(name))
  if (version > REPOSITORY_VERSION || unknown !== undefined)
    throw new EverstowError('repository-newer', { data: { version, feature: unknown } })
  const description = schema.safeParse(json)
  if (!description.success) throw new EverstowError('repository-foreign', { cause: description.error })
  return description.data
}
