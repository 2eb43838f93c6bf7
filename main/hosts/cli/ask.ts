import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { EverstowError } from '../../engine/model/errors.ts'

/** Whether somebody sits at the terminal who can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

/** Asks for a line. `hidden`: what is typed does not show, for secrets. Ctrl+C is `cancelled`. */
export function ask(question: string, { hidden }: { readonly hidden: boolean }): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  process.stderr.write(question)
  const reader = createInterface({
    input: process.stdin,
    output: hidden ? nowhere : process.stderr,
    terminal: true,
    historySize: 0,
  })
  return new Promise<string>((resolve, reject) => {
    reader.once('line', resolve)
    const cancelled = () => reject(new EverstowError('cancelled'))
    reader.once('SIGINT', cancelled)
    reader.once('close', cancelled)
  }).finally(() => {
    reader.close()
    if (hidden) process.stderr.write('\n')
  })
}

/** Asks whether to go on. `y` (or `o` for the French "oui") goes on; everything else does not. */
export async function confirm(question: string): Promise<boolean> {
  const answer = await ask(`${question} `, { hidden: false })
  return /^[yo]/i.test(answer.trim())
}
