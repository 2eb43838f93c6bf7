import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AuditLog, type NewEntry, openAuditLog } from '../../main/engine/audit/audit-log.ts'
import { homePaths } from '../../main/engine/catalogue/workspace.ts'
import { createNodeEnv, type NodeEnv } from '../../main/engine/env/node/create-node-env.ts'

/** A log on a home folder of its own, with real files and a real store of secrets. */
export interface AuditGround {
  readonly home: string
  readonly folder: string
  readonly env: NodeEnv
  log: AuditLog
  /** As the next process would open it. */
  reopen(): Promise<void>
  /** The lines of all files, with their ends. */
  lines(): string[]
  segments(): string[]
  close(): Promise<void>
}

export const ENTRY: NewEntry = {
  actor: { kind: 'person', name: 'Zoë' },
  host: 'cli',
  action: 'plan.add',
  targets: { name: 'Dokumente 📁' },
  outcome: 'done',
}

/** Opens a log on a home folder; without one it makes one. */
export async function layAuditGround(
  home = mkdtempSync(join(tmpdir(), 'everstow-audit-')),
): Promise<AuditGround> {
  const env = await createNodeEnv({ home, keychain: 'off', logDestination: 'none' })
  const paths = homePaths(home)
  mkdirSync(paths.locks, { recursive: true })
  const folder = join(home, 'audit')
  const segments = () =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.jsonl'))
      .sort()
  const ground: AuditGround = {
    home,
    folder,
    env,
    log: openAuditLog({ env, paths }),
    async reopen() {
      await ground.log.close()
      ground.log = openAuditLog({ env, paths })
    },
    segments,
    lines: () =>
      segments().flatMap((name) =>
        readFileSync(join(folder, name), 'utf8')
          .split(/(?<=\n)/)
          .filter((line) => line !== ''),
      ),
    async close() {
      await ground.log.close()
      rmSync(home, { recursive: true, force: true })
    },
  }
  return ground
}
