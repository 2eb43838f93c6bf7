/** The faults that the test servers of all backends know. */
interface WireFaults {
  add(fault: {
    readonly kind: 'status' | 'reset-before' | 'reset-midway' | 'reset-after' | 'truncate'
    readonly status?: number
    readonly probability: number
  }): void
}

/** What a bad network and a busy service do, for as long as the suite runs: refusals, connections cut at any time, downloads that end early. */
export function addWireFaults(faults: WireFaults): void {
  faults.add({ kind: 'status', status: 503, probability: 0.04 })
  faults.add({ kind: 'status', status: 500, probability: 0.02 })
  faults.add({ kind: 'reset-before', probability: 0.02 })
  faults.add({ kind: 'reset-midway', probability: 0.02 })
  faults.add({ kind: 'reset-after', probability: 0.03 })
  faults.add({ kind: 'truncate', probability: 0.04 })
}
