import type { Clock } from './clock.ts'
import type { Files } from './files.ts'
import type { Log } from './log.ts'
import type { Net } from './net.ts'
import type { Random } from './random.ts'
import type { SecretStore } from './secrets.ts'
import type { Watch } from './watch.ts'

/** Everything the engine takes from the outside world. `node/` is the real one, `fake/` the seeded one of the tests. */
export interface Env {
  readonly clock: Clock
  readonly random: Random
  readonly files: Files
  readonly log: Log
  readonly secrets: SecretStore
  readonly net: Net
  readonly watch: Watch
}
