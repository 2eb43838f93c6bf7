import { setFlagsFromString } from 'node:v8'

/** Of what is alive; usually it may double and more before it is collected. */
const GROWTH_PERCENT = 20

let isSet = false

/**
 * From here on the heap of the main thread is collected before it has grown by more than a fifth. For work that holds hundreds of megabytes for minutes: left alone,
 * as much garbage lies beside it. Costs next to nothing; an engine that does not know the setting goes on as before.
 */
export function keepHeapSmall(): void {
  if (isSet) return
  isSet = true
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`)
}
