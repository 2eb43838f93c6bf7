import type { Env } from '../../env/env.ts'
import type { Destination } from '../../model/destination.ts'
import { EverstowError } from '../../model/errors.ts'
import { checkPrefix } from '../keys.ts'

/** What of the outside world the backend uses. */
export interface S3Env extends Pick<Env, 'clock' | 'random' | 'log'> {
  /** Absent: everything is reached directly. */
  readonly net?: Pick<Env['net'], 'proxyOf'>
}

/** Whose service it is, where that makes a difference. */
export type S3Flavour = 'aws' | 'r2' | 'b2' | 'generic'

export interface S3Config {
  readonly bucket: string
  /** Keys go under this prefix. */
  readonly prefix?: string
  /** Absent for AWS: then the shared configuration or the bucket's own answer tells. */
  readonly region?: string
  /** Base URL; absent for AWS. */
  readonly endpoint?: string
  /** Bucket in the path instead of the host name. Default true where an endpoint is given. */
  readonly pathStyle?: boolean
  /** Named profile of the shared AWS configuration. */
  readonly profile?: string
  readonly encryption?: { readonly kind: 'AES256' | 'aws:kms'; readonly kmsKeyId?: string }
  readonly storageClass?: string
  readonly flavour: S3Flavour
  /** Size of a part of a large upload; grows where 10,000 parts would not do. Default 16 MiB. */
  readonly partBytes?: number
  /** How long a connection may be silent. Default 90 s. */
  readonly stallTimeoutMs?: number
}

/** The configuration that a destination of type `s3`, `r2` or `b2` means; `invalid-input` names the field that is missing or wrong. */
export function s3ConfigOf(destination: Omit<Destination, 'id' | 'name'>): S3Config {
  const { profile, encryption, storageClass } = destination
  const place = placeOf(destination)
  const pathStyle = destination.pathStyle ?? (place.endpoint ? true : undefined)
  return {
    bucket: checkBucket(destination.bucket),
    prefix: checkPrefix(destination.prefix),
    ...place,
    ...(pathStyle !== undefined && { pathStyle }),
    ...(profile && { profile }),
    ...(encryption && { encryption }),
    ...(storageClass && { storageClass }),
  }
}

type Place = Pick<S3Config, 'flavour' | 'endpoint' | 'region'>

function placeOf(destination: Omit<Destination, 'id' | 'name'>): Place {
  const { type, account, region } = destination
  const endpoint = destination.endpoint ? checkEndpoint(destination.endpoint) : undefined
  switch (type) {
    case 'r2': {
      if (!endpoint && !account) throw missing('account')
      if (account !== undefined && !/^[0-9a-z-]+$/i.test(account)) throw wrong('account', account)
      return {
        flavour: 'r2',
        endpoint: endpoint ?? `https://${account}.r2.cloudflarestorage.com`,
        region: region ?? 'auto',
      }
    }
    case 'b2': {
      const named = region ?? b2RegionOf(endpoint)
      if (!named) throw missing('region')
      if (!/^[0-9a-z-]+$/i.test(named)) throw wrong('region', named)
      return {
        flavour: 'b2',
        endpoint: endpoint ?? `https://s3.${named}.backblazeb2.com`,
        region: named,
      }
    }
    case 's3': {
      if (!endpoint) return { flavour: 'aws', ...(region && { region }) }
      const flavour = flavourOfHost(new URL(endpoint).hostname)
      if (flavour === 'aws') return { flavour, endpoint, ...(region && { region }) }
      const usual = flavour === 'r2' ? 'auto' : (b2RegionOf(endpoint) ?? 'us-east-1')
      return { flavour, endpoint, region: region ?? usual }
    }
    default:
      throw wrong('type', type)
  }
}

function flavourOfHost(host: string): S3Flavour {
  if (/(^|\.)amazonaws\.com(\.cn)?$/.test(host)) return 'aws'
  if (host.endsWith('.r2.cloudflarestorage.com')) return 'r2'
  return host.endsWith('.backblazeb2.com') ? 'b2' : 'generic'
}

function b2RegionOf(endpoint: string | undefined): string | undefined {
  return /^https:\/\/s3\.([a-z0-9-]+)\.backblazeb2\.com$/.exec(endpoint ?? '')?.[1]
}

/** A bare base URL. People leave the scheme out; then it is https. */
function checkEndpoint(text: string): string {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined
  const sound =
    url !== undefined &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === ''
  // The text is not repeated: people paste URLs with passwords in them.
  if (!sound) throw wrong('endpoint', url?.hostname)
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}

function checkBucket(bucket: string | undefined): string {
  if (!bucket) throw missing('bucket')
  if (!/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/i.test(bucket)) throw wrong('bucket', bucket)
  return bucket
}

function missing(field: string): EverstowError {
  return new EverstowError('invalid-input', { data: { field, reason: 'missing' } })
}

function wrong(field: string, value: string | undefined): EverstowError {
  return new EverstowError('invalid-input', { data: { field, value, reason: 'malformed' } })
}
