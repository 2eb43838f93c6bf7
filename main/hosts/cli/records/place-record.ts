import { isInTheClear, type Place } from '../../../contract/index.ts'
import type { Explain } from '../explain.ts'

type Capabilities = NonNullable<Place['capabilities']>

/** A place as JSON documents show it. Names of secrets only, never their values. */
export function placeRecord(place: Place, explain: Explain) {
  return {
    id: place.id,
    name: place.name,
    type: place.type,
    url: place.url,
    path: place.path ?? null,
    bucket: place.bucket ?? null,
    prefix: place.prefix ?? null,
    endpoint: place.endpoint ?? null,
    in_the_clear: isInTheClear(place.endpoint),
    region: place.region ?? null,
    account: place.account ?? null,
    upload_limit: place.uploadLimit ?? null,
    download_limit: place.downloadLimit ?? null,
    limits: place.limits ?? null,
    budget_bytes: place.budgetBytes ?? null,
    prices: place.prices ? pricesRecord(place.prices) : null,
    wait_for: place.waitFor ?? [],
    quiet_hours: place.quietHours ?? null,
    repository_id: place.repositoryId ?? null,
    secrets: place.secretNames,
    health: place.health.state,
    checked_at: place.health.checkedAt ?? null,
    error: place.health.error ? explain(place.health.error, place.name) : null,
    capabilities: place.capabilities ? capabilitiesRecord(place.capabilities) : null,
    copies: place.copies,
    behind: place.behind,
    size_bytes: place.bytes,
  }
}

/** Prices that a person typed. */
function pricesRecord(prices: NonNullable<Place['prices']>) {
  return {
    as_of: prices.asOf,
    currency: prices.currency,
    storage_gb_month: prices.storageGbMonth,
    put_per_1000: prices.putPer1000,
    get_per_1000: prices.getPer1000,
    list_per_1000: prices.listPer1000,
    egress_gb: prices.egressGb,
  }
}

/** What a test learned about a place. */
export function capabilitiesRecord(capabilities: Capabilities) {
  return {
    writes: capabilities.writes,
    reads: capabilities.reads,
    deletes: capabilities.deletes ?? null,
    conditional_writes: capabilities.conditionalWrites,
    versioning: capabilities.versioning ?? null,
    object_lock: capabilities.objectLock ?? null,
    clock_offset_ms: capabilities.clockOffsetMs ?? null,
    free_bytes: capabilities.freeBytes ?? null,
    total_bytes: capabilities.totalBytes ?? null,
  }
}
