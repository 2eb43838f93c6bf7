import type { DatabaseSync } from 'node:sqlite'
import * as alerts from './alerts.ts'
import * as healthFacts from './health-facts.ts'
import * as journal from './journal.ts'

/** What this computer writes down of its work, as the application reads and adds to it. */
export function openBooks(database: DatabaseSync) {
  return {
    history: {
      add: (entry: journal.HistoryEntry) => journal.addHistory(database, entry),
      since: (sinceMs: number) => journal.historySince(database, sinceMs),
      after: (id: number) => journal.historyAfter(database, id),
      lastId: () => journal.lastHistoryId(database),
      lastOutcome: (planId: string) => journal.lastOutcome(database, planId),
    },
    health: {
      provenCopies: (untilMs: number) => healthFacts.provenCopies(database, untilMs),
      restoreMeasures: (count: number) => healthFacts.restoreMeasures(database, count),
      knownDamage: () => healthFacts.knownDamage(database),
      samples: (destinationId: string) => healthFacts.samplesOf(database, destinationId),
    },
    alerts: {
      open: () => alerts.openIncidents(database),
      closed: (sinceMs: number) => alerts.closedIncidents(database, sinceMs),
      forget: (beforeMs: number) => alerts.dropIncidents(database, beforeMs),
      change: (change: alerts.BookChange) => alerts.changeBook(database, change),
      waiting: () => alerts.waitingDeliveries(database),
      retry: (id: string, attempts: number, nextMs: number) =>
        alerts.retryDelivery(database, id, attempts, nextMs),
      drop: (ids: readonly string[]) => alerts.dropDeliveries(database, ids),
    },
    facts: {
      get: (name: string) => journal.getFact(database, name),
      set: (name: string, value: string | undefined) => journal.setFact(database, name, value),
    },
  }
}
