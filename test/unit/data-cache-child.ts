import { openDiskCache } from '../../main/engine/access/data-cache/disk-cache.ts'
import { silentLog } from '../../main/engine/env/log.ts'
import { nodeFiles } from '../../main/engine/env/node/node-files.ts'
import { nodeRandom } from '../../main/engine/env/node/node-random.ts'
import { Secret } from '../../main/engine/env/secrets.ts'

/** Puts and gets in a shared folder until it is killed, and says `wrong` as soon as something comes back that was never put. */
const [folder = '', key = '', seed = '0'] = process.argv.slice(2)
const secrets = {
  kind: 'memory' as const,
  get: async () => new Secret(key),
  set: async () => {},
  delete: async () => false,
}
const env = { files: nodeFiles, log: silentLog, random: nodeRandom, secrets }
const cache = openDiskCache({ env, folder, alone: (work) => work() })

for (let round = Number(seed); ; round += 7) {
  const number = round % 200
  const bytes = Buffer.alloc(1_000 + number * 300, number)
  const kept = await cache.get(['shared', String(number)])
  if (kept && !bytes.equals(kept)) console.log('wrong')
  await cache.put(['shared', String(number)], bytes)
  // A new opening, so that not all comes from memory.
  if (round % 50 === 0) {
    const other = openDiskCache({ env, folder, alone: (work) => work() })
    const found = await other.get(['shared', String(number)])
    if (found && !bytes.equals(found)) console.log('wrong')
    await other.close()
  }
  if ((round - Number(seed)) % 700 === 350) console.log('under way')
}
