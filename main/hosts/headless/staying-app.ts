import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { AppOptions } from '../../app/create-app.ts'
import { ownProgram } from '../../app/own-program.ts'
import { environmentProxies, type Secret } from '../../engine/engine.ts'
import { lentApi } from '../api/lent-api.ts'

/** What is the same for every host here. */
export interface StayingOptions {
  readonly home: string
  readonly version: string
  readonly locale: string
  readonly passphrase?: Secret
  readonly keychain?: 'auto' | 'off'
  /** Where people's files are; suggestions start there. */
  readonly userHome?: string
}

/** An application without a desktop that stays and writes its log into the data folder. */
export function stayingApp(options: StayingOptions): AppOptions {
  mkdirSync(join(options.home, 'logs'), { recursive: true, mode: 0o700 })
  return {
    home: options.home,
    host: 'headless',
    hostCan: lentApi,
    version: options.version,
    program: ownProgram(process.argv, process.execPath),
    platform: process.platform,
    locale: options.locale,
    userHome: options.userHome ?? homedir(),
    proxyOf: environmentProxies(process.env),
    logDestination: join(options.home, 'logs', 'everstow.log'),
    stays: true,
    ...(options.passphrase ? { passphrase: options.passphrase } : {}),
    ...(options.keychain ? { keychain: options.keychain } : {}),
  }
}
