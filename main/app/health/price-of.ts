import { z } from 'zod'
import table from '../../../assets/prices.json' with { type: 'json' }
import type { Destination } from '../../engine/model/destination.ts'

const Price = z.number().nonnegative()

const ListPrice = z.object({
  provider: z.enum(['s3', 'r2', 'b2', 'gcs', 'azure']),
  storageClass: z.string(),
  /** Absent: any region that no entry before names. */
  regions: z.array(z.string()).optional(),
  storageGbMonth: Price,
  putPer1000: Price,
  getPer1000: Price,
  listPer1000: Price,
  egressGb: Price,
  asOf: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  source: z.string().min(1),
})

/** What a place costs by the unit, since when that is known and from where. */
export interface Prices {
  readonly currency: string
  readonly storageGbMonth: number
  readonly putPer1000: number
  readonly getPer1000: number
  readonly listPer1000: number
  readonly egressGb: number
  readonly asOf: string
  /** Where they stand; empty: their owner typed them. */
  readonly source: string
  readonly isOwn: boolean
}

const LIST = z.array(ListPrice).parse(table.prices)
/** Other words for the class that one gets without asking. */
const USUAL_CLASSES = ['', 'STANDARD', 'HOT']

/** The prices of a place: `free` on disks of one's own, `unknown` where no table tells (a server of somebody's own behind an S3 address). */
export function pricesOf(place: Destination): Prices | 'free' | 'unknown' {
  if (place.prices) return { ...place.prices, source: '', isOwn: true }
  if (place.type === 'local') return 'free'
  if (isElsewhere(place)) return 'unknown'
  const named = (place.storageClass ?? '').toUpperCase()
  const storageClass = USUAL_CLASSES.includes(named) ? 'STANDARD' : named
  const found = LIST.find(
    (price) =>
      price.provider === place.type &&
      price.storageClass === storageClass &&
      (price.regions === undefined || price.regions.includes(place.region ?? '')),
  )
  return found ? { ...found, currency: 'USD', isOwn: false } : 'unknown'
}

/** The usual hosts of each provider; another one charges as it likes. */
const HOSTS: Readonly<Record<string, RegExp>> = {
  s3: /(^|\.)amazonaws\.com(\.cn)?$/,
  r2: /(^|\.)r2\.cloudflarestorage\.com$/,
  b2: /(^|\.)backblazeb2\.com$/,
  gcs: /(^|\.)googleapis\.com$/,
  azure: /(^|\.)blob\.core\.windows\.net$/,
}

function isElsewhere({ type, endpoint }: Destination): boolean {
  if (endpoint === undefined) return false
  return !URL.canParse(endpoint) || !HOSTS[type]?.test(new URL(endpoint).hostname)
}
