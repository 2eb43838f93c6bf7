import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startGcsServer } from '../servers/gcs/index.ts'
import { TEST_BUCKET, TEST_CREDENTIAL } from '../servers/s3/options.ts'
import { startS3Server } from '../servers/s3/server.ts'
import { removeFolder } from './world.ts'

/** A place of the round trip, which can go out of reach. */
export interface RoundTripPlace {
  readonly name: string
  /** What `place add` is told of it. */
  readonly args: readonly string[]
  leave(): void
  /** Within reach again; whether nobody had asked for it. A wiped one stays away. */
  comeBack(): boolean
  /** Everything in it is gone for good. */
  wipe(): Promise<void>
  close(): Promise<void>
}

const GCS_BUCKET = 'everstow'

/** A folder, an S3 server and a server of Google's protocol, all below or on this machine. */
export async function openThreePlaces(base: string, seed: number): Promise<RoundTripPlace[]> {
  const s3 = await startS3Server({ seed })
  const gcs = await startGcsServer({ buckets: [GCS_BUCKET], seed })
  const s3Keys = join(base, 's3-keys.json')
  const gcsAccount = join(base, 'gcs-account.json')
  writeFileSync(s3Keys, JSON.stringify(TEST_CREDENTIAL), { mode: 0o600 })
  writeFileSync(gcsAccount, JSON.stringify(gcs.serviceAccount), { mode: 0o600 })
  const s3Args = ['--type', 's3', '--bucket', TEST_BUCKET, '--endpoint', s3.url, '--region', s3.region]
  const gcsArgs = ['--type', 'gcs', '--bucket', GCS_BUCKET, '--endpoint', gcs.endpoint]
  return [
    placeOfServer('cloud', [...s3Args, '--secret-file', s3Keys], s3),
    placeOfServer('google', [...gcsArgs, '--credentials-file', gcsAccount], gcs),
    placeOfFolder('disk', join(base, 'disk')),
  ]
}

function placeOfFolder(name: string, folder: string): RoundTripPlace {
  const away = `${folder}-away`
  return {
    name,
    args: ['--type', 'local', '--path', folder],
    leave() {
      if (existsSync(folder)) renameSync(folder, away)
    },
    comeBack() {
      const isUntouched = !existsSync(folder)
      if (isUntouched && existsSync(away)) renameSync(away, folder)
      return isUntouched
    },
    wipe: async () => removeFolder(folder),
    close: async () => {},
  }
}

interface Server {
  readonly requests: readonly unknown[]
  readonly faults: { add(fault: { readonly kind: 'reset-before' }): unknown; clear(): void }
  close(): Promise<void>
}

/** Out of reach, it cuts every connection, and counts what would have been asked. */
function placeOfServer(name: string, args: readonly string[], server: Server): RoundTripPlace {
  let asked = 0
  let isOpen = true
  const close = async () => {
    if (isOpen) await server.close()
    isOpen = false
  }
  return {
    name,
    args,
    leave() {
      asked = server.requests.length
      server.faults.add({ kind: 'reset-before' })
    },
    comeBack() {
      server.faults.clear()
      return server.requests.length === asked
    },
    wipe: close,
    close,
  }
}
