import { z } from 'zod'
import type { Door } from './door.ts'
import { UNTRUSTED } from './untrusted.ts'

/** What a tool works with. */
export interface ToolContext {
  readonly call: Door['call']
  /** Fires when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** What a tool found. */
export interface Found {
  /** By the schema of the tool's output. */
  readonly structured: Readonly<Record<string, unknown>>
  /** What a model reads of it; absent: the same as JSON. */
  readonly text?: string
  /** Words of ours about it, without anything that came out of a backup. */
  readonly note?: string
}

type Fields = z.ZodObject

/** A tool: all there is to say about it. */
export interface Tool<I extends Fields = Fields> {
  readonly name: string
  readonly title: string
  /** For models: when to use it, and how. */
  readonly description: string
  readonly input: I
  readonly output: Fields
  run(input: z.output<I>, context: ToolContext): Promise<Found>
}

const KIB = 1_024
/** As much as a model reads at once without forgetting what it wanted. */
const USUAL_BYTES = 64 * KIB
export const MOST_BYTES = 256 * KIB

const MaxBytes = {
  max_bytes: z
    .int()
    .min(KIB)
    .max(MOST_BYTES)
    .default(USUAL_BYTES)
    .describe('The answer holds at most about so many bytes of data; it says when there is more.'),
}

/** Declares a tool; every answer is bounded, and marked as data that nobody vouches for. */
export function tool<I extends z.ZodRawShape>(declared: {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly input: I
  readonly output: z.ZodRawShape
  run(input: z.output<z.ZodObject<I & typeof MaxBytes>>, context: ToolContext): Promise<Found>
}): Tool {
  return {
    ...declared,
    input: z.strictObject({ ...declared.input, ...MaxBytes }),
    output: z.object({ untrusted: z.literal(UNTRUSTED.untrusted), ...declared.output }),
  } as unknown as Tool
}
