/** Things on their way to a place while others are still being made. */
export interface Uploads<Item> {
  /** Begins with an item, or lets it wait for its turn. */
  start(item: Item): void
  /** Waits until few enough are waiting to make more; fails when an upload did. */
  room(): Promise<void>
  /** Waits until all of it is there; fails when an upload did. */
  done(): Promise<void>
  /** Begins with nothing more, and waits until nothing is on its way, whatever became of it. */
  abandon(): Promise<void>
}

const AT_ONCE = 4
/** What was made and not yet brought away takes room on this computer's disk. */
const MOST_WAITING = 8

/** Uploads items side by side, a few at a time. After a failure no other is begun. */
export function createUploads<Item>(upload: (item: Item) => Promise<void>): Uploads<Item> {
  const waiting: Item[] = []
  const running = new Set<Promise<void>>()
  let failure: { readonly error: unknown } | undefined

  function fill(): void {
    while (running.size < AT_ONCE && waiting.length > 0 && !failure) {
      const one: Promise<void> = upload(waiting.shift()!)
        .catch((error) => {
          failure ??= { error }
        })
        .then(() => {
          running.delete(one)
          fill()
        })
      running.add(one)
    }
  }

  async function below(most: number): Promise<void> {
    while (running.size > 0 && running.size + (failure ? 0 : waiting.length) > most)
      await Promise.race(running)
  }

  function failIfFailed(): void {
    if (failure) throw failure.error
  }

  return {
    start(item) {
      waiting.push(item)
      fill()
    },
    async room() {
      await below(MOST_WAITING)
      failIfFailed()
    },
    async done() {
      await below(0)
      failIfFailed()
    },
    async abandon() {
      waiting.length = 0
      await below(0)
    },
  }
}
