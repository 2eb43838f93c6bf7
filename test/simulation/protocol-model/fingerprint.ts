import { type LogRecord, recordKey } from './history.ts'
import { COLLECTOR_PHASES, type State, WRITER_PHASES } from './state.ts'

/** 64 bits that stand for a state, in two halves. */
export interface Fingerprint {
  high: number
  low: number
}

/**
 * Makes fingerprints of states. As in TLC (Yu, Manolios, Lamport 1999) states are told apart by them alone: for 10^7 states the chance that any two
 * share one is about 3 in a million. Two hashes over the same numbers, mixed as in MurmurHash3.
 */
export function createFingerprints(): (state: State) => Fingerprint {
  const records = new Map<string, number>()
  const recordId = (record: LogRecord): number => {
    const key = recordKey(record)
    let id = records.get(key)
    if (id === undefined) {
      id = records.size
      records.set(key, id)
    }
    return id
  }
  const words = new Int32Array(256)
  const result: Fingerprint = { high: 0, low: 0 }

  return (state) => {
    const count = encode(state, words, recordId)
    let high = 0x9747b28c
    let low = 0x3c6ef372
    for (let at = 0; at < count; at++) {
      const word = words[at]!
      high = Math.imul(rotate(high ^ Math.imul(word, 0xcc9e2d51), 13), 5) + 0xe6546b64
      low = Math.imul(rotate(low ^ Math.imul(word, 0x239b961b), 17), 9) + 0x561ccd1b
    }
    result.high = finish(high ^ count)
    result.low = finish(low + result.high)
    return result
  }
}

/** A state as numbers; equal states give equal ones, others do not. */
function encode(state: State, words: Int32Array, recordId: (record: LogRecord) => number): number {
  let at = 0
  const add = (word: number) => {
    words[at++] = word
  }
  add(state.log.id)
  add(state.store.id)
  add(state.deletes.id)
  add(
    (state.lostAnswersLeft << 24) |
      (state.forgetsLeft << 16) |
      (state.unforgetsLeft << 8) |
      state.restoresLeft,
  )
  add(state.compactedTo)
  add(state.puts.length)
  for (const { slot, record } of state.puts) {
    add(slot)
    add(recordId(record))
  }
  for (const writer of state.writers) {
    add(WRITER_PHASES.indexOf(writer.phase) | (writer.acknowledged ? 64 : 0))
    add((writer.head << 16) ^ (writer.session + 1))
    add(writer.own.id)
    add((writer.base << 16) ^ writer.missing)
  }
  for (const collector of state.collectors) {
    add((COLLECTOR_PHASES.indexOf(collector.phase) << 8) | collector.runsLeft)
    add((collector.head << 16) ^ (collector.session + 1))
    add(collector.own.id)
    add(collector.drop.id)
    add(collector.sweep)
    add(collector.dead.id)
    add((collector.roots.length << 8) | collector.gives.length)
    for (const slot of collector.roots) add(slot)
    for (const slot of collector.gives) add(slot)
  }
  return at
}

const rotate = (value: number, by: number) => (value << by) | (value >>> (32 - by))

function finish(hash: number): number {
  let mixed = hash
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
