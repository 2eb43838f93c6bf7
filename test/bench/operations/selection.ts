import type { Operation } from '../tools/tool.ts'
import { WORKLOADS, type WorkloadName } from '../workloads/workloads.ts'

/** What is done with each workload, in this order. */
export const CHAINS: Readonly<Record<WorkloadName, readonly Operation[]>> = {
  W1: ['first', 'unchanged', 'edited', 'restore', 'check', 'prune'],
  W2: ['first', 'edited', 'restore', 'check'],
  W4: ['first', 'unchanged'],
}

/** Measured beside the chains, with W1. */
export const EXTRAS = ['s3', 'event-loop'] as const

export type Extra = (typeof EXTRAS)[number]

/** What was asked for with `--only`. */
export interface Selection {
  wants(operation: Operation | Extra, workload: WorkloadName): boolean
}

/** Reads `W1,first,…`: workloads and operations; those of a kind of which none is named are all wanted. Throws on a word that is neither. */
export function selectionOf(only: string | undefined): Selection {
  const words = (only ?? '').split(',').filter((word) => word !== '')
  const operations = [...new Set<string>([...Object.values(CHAINS).flat(), ...EXTRAS])]
  const unknown = words.find((word) => !isWorkload(word) && !operations.includes(word))
  if (unknown !== undefined)
    throw new Error(`--only ${unknown}: there are ${[...WORKLOADS, ...operations].join(', ')}`)
  const workloads = words.filter(isWorkload)
  const chosen = words.filter((word) => !isWorkload(word))
  return {
    wants: (operation, workload) =>
      (workloads.length === 0 || workloads.includes(workload)) &&
      (chosen.length === 0 || chosen.includes(operation)),
  }
}

function isWorkload(word: string): word is WorkloadName {
  return (WORKLOADS as readonly string[]).includes(word)
}
