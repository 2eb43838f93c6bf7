import { Secret } from '../../../engine/engine.ts'
import { ask, canAsk } from '../ask.ts'
import type { Invocation } from '../invocation.ts'
import type { Session } from '../session.ts'
import { UsageError } from '../usage-error.ts'
import { LONGEST_SECRET_BYTES, readSecretFile } from './read-secret-file.ts'

/** What opens a repository. */
export type OpeningSecret = { readonly passphrase: Secret } | { readonly words: Secret }

/**
 * What opens a repository: the file that is named, else the environment (words go before the passphrase, which may be there for other reasons),
 * else a hidden question, which takes either.
 */
export async function openingSecret(
  session: Session,
  { secretFile, wordsFile }: { readonly secretFile?: string; readonly wordsFile?: string },
): Promise<OpeningSecret> {
  const { secrets, say, interrupt } = session
  if (wordsFile !== undefined)
    return { words: new Secret(await readSecretFile(session, '--words-file', wordsFile)) }
  if (secretFile !== undefined) return { passphrase: await passphraseFrom(session, secretFile) }
  if (secrets.recoveryWords) return { words: secrets.recoveryWords }
  if (secrets.passphrase) return { passphrase: secrets.passphrase }
  const typed = canAsk() ? await ask(say('repo.askSecret'), { hidden: true, signal: interrupt.signal }) : ''
  if (typed === '') throw new UsageError('noSecret')
  return { passphrase: new Secret(typed) }
}

/** A passphrase to be added: from a file, the environment, or typed twice. */
export async function newPassphrase(
  session: Session,
  { secretFile }: { readonly secretFile?: string },
): Promise<Secret> {
  const { secrets, say, interrupt } = session
  if (secretFile !== undefined) return passphraseFrom(session, secretFile)
  if (secrets.newPassphrase) return secrets.newPassphrase
  if (!canAsk()) throw new UsageError('noNewPassphrase')
  const typed = await ask(say('key.askNew'), { hidden: true, signal: interrupt.signal })
  if (typed === '') throw new UsageError('noNewPassphrase')
  if ((await ask(say('key.askAgain'), { hidden: true, signal: interrupt.signal })) !== typed)
    throw new UsageError('notTheSame')
  return new Secret(typed)
}

/** The words of a kit as somebody gives them back: from a file, the environment, a pipe, or a hidden question. */
export async function wordsTypedBack(
  session: Session,
  { wordsFile }: { readonly wordsFile?: string },
): Promise<Secret> {
  const { secrets, say, interrupt } = session
  if (wordsFile !== undefined) return new Secret(await readSecretFile(session, '--words-file', wordsFile))
  if (secrets.recoveryWords) return secrets.recoveryWords
  const text = canAsk()
    ? await ask(say('key.askWords'), { hidden: true, signal: interrupt.signal })
    : await fromPipe()
  if (text.trim() === '') throw new UsageError('noWords')
  return new Secret(text)
}

/** A passphrase is a line; the line's end does not belong to it. */
async function passphraseFrom(invocation: Invocation, path: string): Promise<Secret> {
  const text = (await readSecretFile(invocation, '--secret-file', path)).replace(/\r?\n$/, '')
  if (text === '') throw new UsageError('emptySecretFile')
  return new Secret(text)
}

async function fromPipe(): Promise<string> {
  if (process.stdin.isTTY) return ''
  let text = ''
  for await (const piece of process.stdin.setEncoding('utf8')) {
    text += String(piece)
    if (text.length > LONGEST_SECRET_BYTES) break
  }
  return text
}
