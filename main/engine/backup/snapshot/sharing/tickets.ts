import type { Answer, Letter, Letters, Rest, Work } from './letters.ts'

/** What a worker waits for from others. */
export class Tickets {
  readonly #open = new Map<number, (answer: Answer) => void>()
  readonly #onWork: (work: Work, from: number) => void
  /** What workers without an open pack have handed over. */
  readonly rests: Rest[] = []
  #next = 1

  constructor(onWork: (work: Work, from: number) => void) {
    this.#onWork = onWork
  }

  /** A number to send along with work; `take` is called with the answer, in `receive`. */
  open(take: (answer: Answer) => void): number {
    const ticket = this.#next++
    this.#open.set(ticket, take)
    return ticket
  }

  /** Takes all letters that have come: answers to whoever waits for them, work to `onWork`. */
  receive(letters: Letters): void {
    letters.receive((letter, from) => this.#take(letter, from))
  }

  #take(letter: Letter, from: number): void {
    if (letter.type === 'start') return
    if (letter.type === 'rest') {
      this.rests.push(letter)
      return
    }
    if (letter.type === 'folders' || letter.type === 'slice' || letter.type === 'segment') {
      this.#onWork(letter, from)
      return
    }
    const take = this.#open.get(letter.ticket)
    this.#open.delete(letter.ticket)
    take?.(letter)
  }
}
