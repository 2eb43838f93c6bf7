import { lutimesSync, utimesSync } from 'node:fs'

/** Modification time of everything a workload starts with, so that metadata is the same from run to run. */
const MADE_AT_S = Date.UTC(2026, 0, 1) / 1000
const EDITED_AT_S = Date.UTC(2026, 1, 2) / 1000
const DAY_S = 86_400

/** Gives a file, folder or link the time of a fresh workload. */
export function setMadeTime(path: string): void {
  lutimesSync(path, MADE_AT_S, MADE_AT_S)
}

/** Gives a file the time of an edit round: one day a round. */
export function setEditTime(path: string, round: number): void {
  const atS = EDITED_AT_S + round * DAY_S
  utimesSync(path, atS, atS)
}
