import { InvalidArgumentError } from 'commander'

/** Reads `mains,online`, or `none`, as conditions of a list. */
export function conditionsOption<Condition extends string>(
  known: readonly Condition[],
): (text: string) => Condition[] {
  return (text) => {
    const words = text === 'none' ? [] : text.split(',').map((word) => word.trim())
    const isKnown = (word: string): word is Condition => known.some((condition) => condition === word)
    if (!words.every(isKnown)) throw new InvalidArgumentError(`${known.join(', ')}, none`)
    return words
  }
}

/** Quiet hours as typed; the engine says whether they are some. Null for `none`. */
export function quietHoursOption(text: string): string | null {
  return text === 'none' ? null : text
}
