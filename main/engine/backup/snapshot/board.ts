/** Words that all threads share. After them, for each worker: its state, its count of letters. */
const WORDS = { stop: 0, finished: 1, hungry: 2, unsettledPacks: 3, flushed: 4 } as const
const FIRST_WORKER_WORD = 8
const STATE = 0
const MAIL = 1
const WORDS_A_WORKER = 2

const STATES = { busy: 0, hungry: 1, promised: 2 } as const

/** Nobody sleeps longer than this without looking whether it should stop. */
const LONGEST_SLEEP_MS = 200

/** Thrown in a worker that is to stop; whoever stopped the others knows why. */
export class Stopped extends Error {}

/** What the threads of a backup tell each other without messages: who is hungry, who has mail, whether to stop. */
export class Board {
  readonly buffer: SharedArrayBuffer
  readonly workers: number
  readonly #words: Int32Array

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.#words = new Int32Array(buffer)
    this.workers = (this.#words.length - FIRST_WORKER_WORD) / WORDS_A_WORKER
  }

  static create(workers: number): Board {
    return new Board(new SharedArrayBuffer((FIRST_WORKER_WORD + workers * WORDS_A_WORKER) * 4))
  }

  /** Makes every worker end as soon as it looks. */
  stop(): void {
    Atomics.store(this.#words, WORDS.stop, 1)
    this.#wakeAll()
  }

  throwIfStopped(): void {
    if (Atomics.load(this.#words, WORDS.stop) !== 0) throw new Stopped()
  }

  /** The root directory is complete: there is no more work. */
  finish(): void {
    Atomics.store(this.#words, WORDS.finished, 1)
    this.#wakeAll()
  }

  get isFinished(): boolean {
    return Atomics.load(this.#words, WORDS.finished) !== 0
  }

  /** Whether some worker waits for work. */
  get isAnyoneHungry(): boolean {
    return Atomics.load(this.#words, WORDS.hungry) > 0
  }

  /** Says that a worker wants work. Taken back by `claimHungry` of somebody else only. */
  becomeHungry(worker: number): void {
    Atomics.store(this.#words, stateWord(worker), STATES.hungry)
    Atomics.add(this.#words, WORDS.hungry, 1)
  }

  /** A hungry worker that the caller must now send work; −1 when there is none. */
  claimHungry(): number {
    for (let worker = 0; worker < this.workers; worker++) {
      const word = stateWord(worker)
      if (Atomics.compareExchange(this.#words, word, STATES.hungry, STATES.promised) !== STATES.hungry)
        continue
      Atomics.sub(this.#words, WORDS.hungry, 1)
      return worker
    }
    return -1
  }

  /** The promised work is there. */
  becomeBusy(worker: number): void {
    Atomics.store(this.#words, stateWord(worker), STATES.busy)
  }

  /** Tells a worker that a letter lies in one of its ports. */
  ring(worker: number): void {
    Atomics.add(this.#words, stateWord(worker) + MAIL, 1)
    Atomics.notify(this.#words, stateWord(worker) + MAIL)
  }

  /** Counts up with every letter for a worker. */
  lettersFor(worker: number): number {
    return Atomics.load(this.#words, stateWord(worker) + MAIL)
  }

  /** Sleeps until more letters than `seen` have come, or a while has passed. */
  sleep(worker: number, seen: number): void {
    Atomics.wait(this.#words, stateWord(worker) + MAIL, seen, LONGEST_SLEEP_MS)
  }

  /** A finished pack waits to be made durable. Waits itself while there are too many of them: the disk is slower than we are. */
  addUnsettledPack(most: number): void {
    for (;;) {
      this.throwIfStopped()
      const unsettled = Atomics.load(this.#words, WORDS.unsettledPacks)
      if (unsettled < most) break
      Atomics.wait(this.#words, WORDS.unsettledPacks, unsettled, LONGEST_SLEEP_MS)
    }
    Atomics.add(this.#words, WORDS.unsettledPacks, 1)
  }

  /** A pack is durable. */
  settlePack(): void {
    Atomics.sub(this.#words, WORDS.unsettledPacks, 1)
    Atomics.notify(this.#words, WORDS.unsettledPacks)
  }

  /** A worker has handed over all that it had open. */
  addFlushed(): void {
    Atomics.add(this.#words, WORDS.flushed, 1)
    Atomics.notify(this.#words, WORDS.flushed)
  }

  /** Waits until so many workers have handed over everything. */
  waitForFlushed(workers: number): void {
    for (;;) {
      this.throwIfStopped()
      const flushed = Atomics.load(this.#words, WORDS.flushed)
      if (flushed >= workers) return
      Atomics.wait(this.#words, WORDS.flushed, flushed, LONGEST_SLEEP_MS)
    }
  }

  #wakeAll(): void {
    for (let worker = 0; worker < this.workers; worker++) this.ring(worker)
    Atomics.notify(this.#words, WORDS.unsettledPacks)
    Atomics.notify(this.#words, WORDS.flushed)
  }
}

function stateWord(worker: number): number {
  return FIRST_WORKER_WORD + worker * WORDS_A_WORKER + STATE
}

/** Waits while the caller's gate is shut (not 0): the spool has no room for more. */
export function waitForGate(gate: Int32Array<SharedArrayBuffer> | undefined, board: Board): void {
  while (gate && Atomics.load(gate, 0) !== 0) {
    Atomics.wait(gate, 0, Atomics.load(gate, 0), LONGEST_SLEEP_MS)
    board.throwIfStopped()
  }
}
