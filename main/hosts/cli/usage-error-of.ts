import type { CommanderError } from 'commander'
import { UsageError } from './usage-error.ts'

/** Our texts for what commander finds wrong. */
const KEYS: Readonly<Record<string, string>> = {
  'commander.unknownCommand': 'unknownCommand',
  'commander.unknownOption': 'unknownOption',
  'commander.missingArgument': 'missingArgument',
  'commander.optionMissingArgument': 'optionNeedsValue',
  'commander.missingMandatoryOptionValue': 'missingOption',
  'commander.invalidArgument': 'invalidValue',
  'commander.excessArguments': 'tooMany',
  'commander.conflictingOption': 'conflict',
  'commander.help': 'noCommand',
}

/** A wrong command line in our words. Commander quotes what it is about and hints at what may have been meant; only that is taken from its message. */
export function usageErrorOf({ code, message }: CommanderError): UsageError {
  const key = KEYS[code]
  if (!key) return new UsageError('other', { what: message.replace(/^error: /, '') })
  const quoted = [...message.matchAll(/'([^']*)'/g)].map(([, word]) => word)
  const allowed = /Allowed choices are (.+?)\.?$/s.exec(message)?.[1]
  const expected = allowed ?? /is invalid\. (.+)$/s.exec(message)?.[1] ?? ''
  const meant = /\(Did you mean (?:one of )?(.+?)\?\)/s.exec(message)?.[1] ?? ''
  if (key === 'unknownCommand' && meant)
    return new UsageError('unknownCommandMeant', { what: quoted[0] ?? '', meant })
  if (key === 'invalidValue')
    return new UsageError(key, { what: quoted[0] ?? '', value: quoted[1] ?? '', expected })
  return new UsageError(key, { what: quoted.join(', ') })
}
