import { canAsk, confirm } from './ask.ts'
import type { Session } from './session.ts'

/**
 * Whether to go on with something that takes away. A person at a terminal is asked unless `--yes` was given; a script typed what it wants and
 * nobody is there to be asked.
 */
export async function confirmed(
  { yes, output, say, interrupt }: Session,
  question: string,
  params: Readonly<Record<string, string | number>>,
): Promise<boolean> {
  if (yes || output.json || !canAsk()) return true
  return confirm(say(question, params), interrupt.signal)
}
