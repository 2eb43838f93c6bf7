import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { EverstowError } from '../../engine/model/errors.ts'

/** Whether somebody sits at the terminal who can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

/** How a line is asked for. */
export interface Asking {
  /** What is typed does not show, for secrets. */
  readonly hidden: boolean
  /** Ends the question: an interrupt may come as a signal, also in the moment before the terminal hands over each key. */
  readonly signal: AbortSignal
}

/** Asks for a line. Ctrl+C is `cancelled`. */
export async function ask(question: string, { hidden, signal }: Asking): Promise<string> {
  if (signal.aborted) throw new EverstowError('cancelled')
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({
    input: process.stdin,
    output: hidden ? nowhere : process.stderr,
    terminal: true,
    historySize: 0,
  })
  const stop = () => reader.close()
  signal.addEventListener('abort', stop, { once: true })
  try {
    process.stderr.write(question)
    return await new Promise<string>((resolve, reject) => {
      reader.once('line', resolve)
      reader.once('SIGINT', stop)
      reader.once('close', () => reject(new EverstowError('cancelled')))
    })
  } finally {
    signal.removeEventListener('abort', stop)
    reader.close()
    if (hidden) process.stderr.write('\n')
  }
}

/** Asks whether to go on. `y` (or `o` for the French "oui") goes on; everything else does not. */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const answer = await ask(`${question} `, { hidden: false, signal })
  return /^[yo]/i.test(answer.trim())
}
