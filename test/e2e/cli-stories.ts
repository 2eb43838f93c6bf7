import { AsyncLocalStorage } from 'node:async_hooks'
import { test } from 'vitest'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'

/** Tests of a file that each have a world of their own. */
export interface Stories {
  /** The world of the test that is running. */
  readonly world: CliWorld
  story(name: string, play: () => Promise<void>): void
}

/** Stories that are told beside each other: a command spends much of its time waiting. `prepare` sets the stage of each. */
export function cliStories(prepare: (world: CliWorld) => void): Stories {
  const worlds = new AsyncLocalStorage<CliWorld>()
  return {
    world: new Proxy({} as CliWorld, { get: (_, name: keyof CliWorld) => worlds.getStore()?.[name] }),
    story(name, play) {
      test.concurrent(name, SLOW, async () => {
        const own = await makeCliWorld()
        try {
          prepare(own)
          await worlds.run(own, play)
        } finally {
          await own.remove()
        }
      })
    },
  }
}
