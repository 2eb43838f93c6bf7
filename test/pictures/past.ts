import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'

const SystemDate = Date
let behindMs = 0

/** The system's date, less what `liveAt` said. */
class PastDate extends SystemDate {
  constructor(...given: [] | [value: number | string | Date]) {
    if (given.length === 0) super(SystemDate.now() - behindMs)
    else super(...given)
  }
  static override now(): number {
    return SystemDate.now() - behindMs
  }
}

/** From here on this process takes a moment of the past for the present, and lives on from there. */
export function liveAt(momentMs: number): void {
  globalThis.Date = PastDate as DateConstructor
  behindMs = SystemDate.now() - momentMs
}

/** The present again. */
export function liveNow(): void {
  behindMs = 0
}

/** What this computer calls itself from here on. */
export function beCalled(name: string): void {
  os.hostname = () => name
  syncBuiltinESMExports()
}
