import type { SecretStore, SecretStoreKind } from '../../secrets.ts'

/**
 * A store that is opened by its first use: most commands need no secret and shall neither touch the keychain nor ask for a passphrase. An opening that
 * failed is tried again by the next use. `kind` is `likelyKind` until then.
 */
export function lazySecretStore(
  open: () => Promise<SecretStore>,
  likelyKind: SecretStoreKind,
): { readonly store: SecretStore; readonly openSecrets: () => Promise<SecretStore> } {
  let opening: Promise<SecretStore> | undefined
  let kind = likelyKind

  const openOnce = async (): Promise<SecretStore> => {
    const store = await open()
    kind = store.kind
    return store
  }
  const openSecrets = (): Promise<SecretStore> => {
    opening ??= openOnce().catch((error: unknown) => {
      opening = undefined
      throw error
    })
    return opening
  }

  const store: SecretStore = {
    get kind() {
      return kind
    },
    get: async (name) => (await openSecrets()).get(name),
    set: async (name, value) => (await openSecrets()).set(name, value),
    delete: async (name) => (await openSecrets()).delete(name),
  }
  return { store, openSecrets }
}
