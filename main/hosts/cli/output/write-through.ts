import { once } from 'node:events'
import { UsageError } from '../usage-error.ts'

/**
 * Writes pieces to standard output as fast as they are taken there. What is not plain text goes to a terminal only by `force`. `what`: names it in the refusal.
 */
export async function writeThrough(
  pieces: AsyncIterable<Uint8Array>,
  { what, force }: { readonly what: string; readonly force: boolean },
): Promise<void> {
  const { stdout } = process
  for await (const bytes of pieces) {
    if (stdout.isTTY && !force && !isPlainText(bytes)) throw new UsageError('binary', { what })
    // A reader that went away (`| head`) has all it wanted.
    if (stdout.destroyed || stdout.errored) break
    if (!stdout.write(bytes))
      await Promise.race([once(stdout, 'drain'), once(stdout, 'close')]).catch(() => {})
  }
}

/** Nothing in it that a terminal would obey. */
function isPlainText(bytes: Uint8Array): boolean {
  return bytes.every((byte) =>
    byte >= 0x20 ? byte !== 0x7f : byte === 0x09 || byte === 0x0a || byte === 0x0d,
  )
}
