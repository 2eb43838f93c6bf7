// Loaded before everything else (`--import`) by a process whose wall clock somebody moves: it runs on as usual, so much ahead. Durations and timers do not
// notice, as when a computer sleeps. Threads that begin later go by the clock as it is when they begin.

const AHEAD = 'EVERSTOW_SOAK_AHEAD_MS'
const RealDate = Date

/** How far ahead this process goes from here on, milliseconds. */
export function moveClockTo(aheadMs: number): void {
  process.env[AHEAD] = String(aheadMs)
  offsetMs = aheadMs
}

let offsetMs = Number(process.env[AHEAD] ?? 0)
const now = (): number => RealDate.now() + offsetMs

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, self) => Reflect.construct(target, args.length === 0 ? [now()] : args, self),
  get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
})
