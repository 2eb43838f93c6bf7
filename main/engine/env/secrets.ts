/** A value that must not be seen: prints as `***` wherever it ends up (strings, JSON, logs, inspection). */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself. Call it only where it is handed to the one who needs it. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '***'
  }

  toJSON(): string {
    return '***'
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '***'
  }
}

/** Where secrets lie. `keychain`: the system's. `sealed-file`: a file sealed under a passphrase. `plain-file`: a file only the owner can read. */
export type SecretStoreKind = 'keychain' | 'sealed-file' | 'plain-file' | 'memory'

/** Every call has a time limit; a store that does not answer fails with `keychain-unavailable`. */
export interface SecretStore {
  readonly kind: SecretStoreKind
  get(name: string): Promise<Secret | undefined>
  set(name: string, value: Secret): Promise<void>
  delete(name: string): Promise<boolean>
}
