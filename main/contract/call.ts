import { z } from 'zod'
import { Id } from './nouns.ts'

/**
 * Who may call. `view`: reads. `operate`: starts and stops work. `admin`: changes what is protected, where, or removes backups.
 */
export type Access = 'view' | 'operate' | 'admin'

/** Declares a call: who may make it, what goes in, what comes out. */
export function call<I extends z.ZodType, O extends z.ZodType>(access: Access, input: I, output: O) {
  return { access, input, output } as const
}

/** Nothing goes in. */
export const None = z.object({}).strict()

/** The answer of calls that start something long. */
export const Started = z.object({ runId: Id })
