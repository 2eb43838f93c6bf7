import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAuditLog } from '../../main/engine/audit/audit-log.ts'
import { homePaths } from '../../main/engine/catalogue/workspace.ts'
import { type AuditGround, ENTRY, layAuditGround } from '../unit/audit-ground.ts'
import { readerMissing } from './repository-reader.ts'

let ground: AuditGround

describe.skipIf(readerMissing)('the audit log, checked by Python', () => {
  beforeAll(async () => {
    ground = await layAuditGround()
    for (let at = 0; at < 5; at++) await ground.log.append({ ...ENTRY, targets: { at: `${at} é 📁 "\\` } })
    await ground.reopen()
    await ground.log.append({ ...ENTRY, outcome: 'failed', code: 'disk-full', ends: 2 })
    await ground.log.close()
  })
  afterAll(() => ground.close())

  it('is what the format says', () => {
    expect(check()).toEqual({ status: 0, said: '7' })
  })

  it('and what was changed in it is found', () => {
    const path = join(ground.folder, ground.segments()[0] ?? '')
    const lines = ground.lines()
    for (const [changed, said] of [
      [lines.with(3, lines[3]?.replace('person', 'Person') ?? ''), '4: changed'],
      [lines.toSpliced(2, 1), '3: order'],
      [lines.slice(0, -1), '7: cut'],
    ] as const) {
      writeFileSync(path, changed.join(''))
      expect(check()).toEqual({ status: 4, said })
    }
    writeFileSync(path, lines.join(''))
    expect(readFileSync(path, 'utf8')).toBe(lines.join(''))
  })

  it('and where its oldest files were let go it begins later, but not later than that', async () => {
    await ground.log.close()
    ground.log = openAuditLog({ env: ground.env, paths: homePaths(ground.home) }, 3)
    const long = { ...ENTRY, targets: { note: 'x'.repeat(60_000) } }
    for (let file = 0; file < 5; file++)
      await Promise.all(Array.from({ length: 18 }, () => ground.log.append(long)))
    const { begins, end } = await ground.log.verify()
    await ground.log.close()
    expect(begins).toBeGreaterThan(1)
    expect(check()).toEqual({ status: 0, said: String(end.number) })
    rmSync(join(ground.folder, ground.segments()[0] ?? ''))
    expect(check().status).toBe(4)
  })
})

function check(): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(
    'python3',
    [join(import.meta.dirname, 'check_audit_log.py'), ground.folder],
    { encoding: 'utf8' },
  )
  return { status, said: (stdout + stderr).trim() }
}
