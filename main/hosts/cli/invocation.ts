import type { Texts } from '../../app/text.ts'
import type { GivenSecrets } from './given-secrets.ts'
import type { Output } from './output/output.ts'
import type { Say } from './output/say.ts'
import type { Surroundings } from './typed-path.ts'

/** Options that every command takes. */
export interface GlobalOptions {
  readonly home?: string
  readonly json?: boolean
  readonly yes?: boolean
  readonly quiet?: boolean
  readonly lang?: 'en' | 'fr'
}

/** Environment variables; secrets of ours are taken out before anything else runs. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What a command knows before the engine is opened. */
export interface Invocation {
  /** The data folder. */
  readonly home: string
  readonly yes: boolean
  readonly debug: boolean
  readonly texts: Texts
  readonly say: Say
  readonly output: Output
  readonly environment: Environment
  /** What was taken out of the environment. */
  readonly secrets: GivenSecrets
  readonly surroundings: Surroundings
  /** The words that start this command line from another program. */
  readonly program: readonly string[]
}
