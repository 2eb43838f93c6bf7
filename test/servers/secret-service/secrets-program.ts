import { join } from 'node:path'
import { createNodeEnv } from '../../../main/engine/env/node/create-node-env.ts'
import { Secret } from '../../../main/engine/env/secrets.ts'
import { asEverstowError } from '../../../main/engine/model/errors.ts'
import type { SecretsCall, SecretsProcessOptions, SecretsReply } from './secrets-process.ts'

const { passphrase, ...options } = JSON.parse(process.argv[2]!) as Omit<SecretsProcessOptions, 'env'>
const env = await createNodeEnv({
  ...options,
  logDestination: 'none',
  passphrase: passphrase === undefined ? undefined : new Secret(passphrase),
})

async function answer(call: SecretsCall): Promise<SecretsReply['value']> {
  switch (call.call) {
    case 'open':
      return (await env.openSecrets()).kind
    case 'get':
      return (await env.secrets.get(call.name))?.reveal()
    case 'delete':
      return env.secrets.delete(call.name)
    case 'set':
      await env.secrets.set(call.name, new Secret(call.value))
      return undefined
    case 'read-files':
      await Promise.all(
        Array.from({ length: 16 }, () => env.files.readText(join(options.home, 'keychain-id'))),
      )
      return undefined
  }
}

process.on('message', async (call: SecretsCall & { readonly number: number }) => {
  const start = performance.now()
  let reply: Omit<SecretsReply, 'tookMs'>
  try {
    reply = { value: await answer(call) }
  } catch (error) {
    const { code, data } = asEverstowError(error)
    reply = { error: code, data }
  }
  process.send!({ ...reply, number: call.number, tookMs: performance.now() - start })
})
