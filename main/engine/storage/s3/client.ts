import {
  type $Command,
  S3Client,
  type S3ClientConfig,
  type S3ClientResolvedConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-s3'
import { type BufferPool, createBufferPool } from '../../env/node/buffer-pool.ts'
import { EverstowError } from '../../model/errors.ts'
import type { Credentials } from '../credentials.ts'
import { checkKey, checkPrefix, joinPrefix } from '../keys.ts'
import type { S3Config, S3Env } from './config.ts'
import { errorOfS3 } from './errors.ts'
import { HttpHandler } from './http-handler.ts'

const DEFAULT_PART_BYTES = 16 * 1024 * 1024
const CONNECT_TIMEOUT_MS = 15_000
const STALL_TIMEOUT_MS = 90_000

export interface SendOptions {
  /** For errors, as callers know it. */
  readonly key?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Hex SHA-256 of the body where it is known already, or `UNSIGNED-PAYLOAD` where Content-MD5 and TLS protect it; else the SDK hashes. */
  readonly payloadHash?: string | undefined
}

export interface Reply<Output> {
  readonly output: Output
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
}

type S3Command<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = $Command<
  Input,
  Output,
  S3ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes
>

/** A bucket, how to reach it, and the memory of having found it there. */
export interface S3Bucket {
  readonly config: S3Config
  readonly env: S3Env
  readonly partBytes: number
  readonly stallTimeoutMs: number
  /** For bodies that go in one request. */
  readonly buffers: BufferPool
  /** Bodies go through TLS. */
  readonly tls: boolean
  /** The key as the service sees it: checked, and below the prefix. */
  nameOf(key: string): string
  /** The prefix with its slash; `''` without one. */
  readonly prefix: string
  /** Sends one request, once; failures become ours. */
  send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    command: S3Command<Input, Output>,
    options?: SendOptions,
  ): Promise<Reply<Output>>
  /** When the service last proved that the bucket exists, on the monotonic clock. */
  seenMs: number | undefined
  close(): void
}

/** Opens a bucket without sending anything; `invalid-input` where only half a key pair is given. */
export function openBucket(config: S3Config, credentials: Credentials, env: S3Env): S3Bucket {
  const prefix = checkPrefix(config.prefix)
  const stallTimeoutMs = config.stallTimeoutMs ?? STALL_TIMEOUT_MS
  const handler = new HttpHandler({
    clock: env.clock,
    ...(env.net && { proxyOf: env.net.proxyOf }),
    connectTimeoutMs: Math.min(CONNECT_TIMEOUT_MS, stallTimeoutMs),
    stallTimeoutMs,
  })
  const client = new S3Client(clientConfig(config, credentials, env, handler))
  const bucket: S3Bucket = {
    config,
    env,
    partBytes: config.partBytes ?? DEFAULT_PART_BYTES,
    stallTimeoutMs,
    buffers: createBufferPool(),
    tls: !config.endpoint?.startsWith('http:'),
    nameOf: (key) => joinPrefix(prefix, checkKey(key)),
    prefix: joinPrefix(prefix, ''),
    seenMs: undefined,
    async send(command, { key, signal, payloadHash } = {}) {
      let headers: Readonly<Record<string, string>> = {}
      command.middlewareStack.add(
        (next) => async (args) => {
          const result = await next(args)
          headers = (result.response as { headers?: Record<string, string> }).headers ?? {}
          return result
        },
        { step: 'deserialize', priority: 'low', name: 'keepHeaders', override: true },
      )
      if (payloadHash !== undefined) {
        command.middlewareStack.add(
          (next) => (args) => {
            const { headers: signed } = args.request as { headers: Record<string, string> }
            signed['x-amz-content-sha256'] = payloadHash
            return next(args)
          },
          { step: 'build', name: 'givePayloadHash', override: true },
        )
      }
      try {
        const output = await client.send(command, signal && { abortSignal: signal })
        bucket.seenMs = env.clock.monotonicMs()
        return { output, headers }
      } catch (error) {
        throw errorOfS3(error, { bucket: config.bucket, key }, env.clock.now())
      }
    },
    close: () => client.destroy(),
  }
  return bucket
}

function clientConfig(
  config: S3Config,
  credentials: Credentials,
  env: S3Env,
  requestHandler: HttpHandler,
): S3ClientConfig {
  const { endpoint, region, profile } = config
  const keys = keyPairOf(credentials)
  return {
    // The SDK's type also allows for its own, older kind of abort signal, which we never hand over.
    requestHandler: requestHandler as unknown as NonNullable<S3ClientConfig['requestHandler']>,
    ...(region && { region }),
    ...(profile && { profile }),
    ...(endpoint && { endpoint }),
    forcePathStyle: config.pathStyle ?? endpoint !== undefined,
    // A wrong region of an AWS bucket is corrected by the bucket's own answer.
    followRegionRedirects: config.flavour === 'aws',
    ...(keys && { credentials: keys }),
    // Our retrying wrapper decides; inside of the SDK nobody would know what became of a conditional put.
    maxAttempts: 1,
    // A clock that is wrong must show: it also dates backups.
    disableClockSkewCorrection: true,
    // Trailing checksums are unknown to many services; Content-MD5 is known to all, and we send it with every body.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // The handler waits for "100 Continue" itself.
    expectContinueHeader: false,
    logger: sdkLog(env),
  }
}

function keyPairOf({
  accessKeyId,
  secretAccessKey,
  sessionToken,
}: Credentials): { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | undefined {
  if (!accessKeyId && !secretAccessKey) return undefined
  if (!accessKeyId || !secretAccessKey) {
    const field = accessKeyId ? 'secretAccessKey' : 'accessKeyId'
    throw new EverstowError('invalid-input', { data: { field, reason: 'missing' } })
  }
  return {
    accessKeyId: accessKeyId.reveal(),
    secretAccessKey: secretAccessKey.reveal(),
    ...(sessionToken && { sessionToken: sessionToken.reveal() }),
  }
}

/** The SDK's log without its requests and answers, which hold signatures and keys of objects. */
function sdkLog(env: S3Env): NonNullable<S3ClientConfig['logger']> {
  const quiet = (): void => {}
  const warn = (text: unknown): void => env.log.warn('the S3 client warns', { text: String(text) })
  return { trace: quiet, debug: quiet, info: quiet, warn, error: quiet }
}
