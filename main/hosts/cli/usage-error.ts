/** A command that was typed wrongly, in words of the `cli.usage` texts. */
export class UsageError extends Error {
  readonly key: string
  readonly params: Readonly<Record<string, string | number>>

  constructor(key: string, params: Readonly<Record<string, string | number>> = {}) {
    super(`usage: ${key}`)
    this.name = 'UsageError'
    this.key = key
    this.params = params
  }
}
