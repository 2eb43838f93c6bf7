import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Ground, layGround } from '../unit/app-ground.ts'

/** Real folders, real snapshots: what ransomware does to a folder, and what people do. */

const FILES = 240
const TEXT = 'The quick brown fox jumps over the lazy dog, and nobody minds. '.repeat(12)

let ground: Ground

beforeAll(async () => {
  ground = await layGround()
  await ground.addPlace('disk')
})
afterAll(() => ground.close())

const alarms = () => ground.client.call('guard.list', {})

async function run(started: Promise<{ runId: string }>) {
  const ended = await ground.done(started)
  expect(ended.error).toBeUndefined()
  return ended
}

async function backUp(plan: string): Promise<string> {
  return (await run(ground.client.call('backup.start', { plan }))).backupId as string
}

/** A folder of documents under a plan, backed up once. */
async function planOf(name: string, more: object = {}) {
  const folder = join(ground.base, name)
  for (let at = 0; at < FILES; at++) {
    mkdirSync(join(folder, `folder ${at % 12}`), { recursive: true })
    write(join(folder, `folder ${at % 12}`, `letter ${at}.docx`), at)
  }
  const [place] = await ground.client.call('place.list', {})
  const plan = await ground.client.call('plan.add', {
    name,
    sources: [folder],
    placeIds: [place?.id as string],
    format: 'snapshot',
    schedule: 'manual',
    keep: 'last:1',
    ...more,
  })
  const first = await backUp(name)
  return { folder, plan, first }
}

function write(path: string, version: number): void {
  writeFileSync(path, `${version} ${TEXT} ${version}`)
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  )
}

function encrypt(paths: readonly string[], ending = '.locked'): void {
  for (const path of paths) {
    writeFileSync(path, randomBytes(readFileSync(path).length))
    renameSync(path, path + ending)
  }
}

const isPinned = async (id: string) => (await ground.client.call('backup.get', { id })).pinned
const idsOf = async (planId: string) =>
  (await ground.client.call('backup.list', { planId })).backups.map(({ id }) => id)

test('encrypted files raise an alarm that pins the last good backup and holds clean-ups, until somebody accepts it', async () => {
  const { folder, plan, first } = await planOf('Work')
  write(join(folder, 'folder 1', 'letter 1.docx'), 1_000)
  const good = await backUp('Work')
  expect(await alarms()).toEqual([])

  encrypt(filesIn(folder).slice(0, 200))
  const bad = await backUp('Work')
  const [alarm] = await alarms()
  expect(alarm).toMatchObject({
    planName: 'Work',
    backupId: bad,
    goodBackupId: good,
    touchedFiles: 200,
    files: FILES,
    isPinned: true,
  })
  expect(alarm?.signals).toEqual(['churn', 'extensions', 'entropy'])
  expect(await isPinned(good)).toBe(true)
  const health = await ground.client.call('health.report', {})
  expect(health.findings).toMatchObject([
    { kind: 'unusual-change', level: 'failing', planId: plan.id, sentence: { key: 'report.unusualMinutes' } },
  ])
  expect((await ground.client.call('status.get', {})).problems[0]).toMatchObject({
    backupId: bad,
    level: 'failed',
  })
  const { entries } = await ground.client.call('audit.list', { limit: 50 })
  expect(entries.filter(({ actor }) => actor.kind === 'system')).toMatchObject(
    expect.arrayContaining([expect.objectContaining({ action: 'backup.pin', outcome: 'done' })]),
  )

  // Nothing goes by itself, and a person is told why.
  const order = { dryRun: false, graceHours: 0, confirmed: true }
  await expect(ground.client.call('backup.prune', order)).rejects.toMatchObject({ code: 'plan-guarded' })
  await expect(ground.client.call('backup.cleanup', {})).rejects.toMatchObject({ code: 'plan-guarded' })
  const preview = await ground.client.call('retention.preview', {})
  expect(preview.places[0]?.entries.map(({ keep, reasons }) => [keep, ...reasons])).toEqual(
    Array.from({ length: 3 }, () => [true, 'held']),
  )

  // It is still so after a restart, and further backups change nothing about it.
  await ground.restart()
  await backUp('Work')
  expect(await alarms()).toMatchObject([{ backupId: bad, goodBackupId: good }])

  await ground.client.call('guard.accept', { name: 'work' })
  expect(await alarms()).toEqual([])
  expect(await isPinned(good)).toBe(false)
  await run(ground.client.call('backup.prune', order))
  const left = await idsOf(plan.id)
  expect(left).toHaveLength(1)
  expect(left).not.toContain(first)
  await expect(ground.client.call('guard.accept', { name: 'Work' })).rejects.toMatchObject({
    code: 'no-alarm',
  })
})

test('what people do raises none: editing, a thousand photos, a folder less, an upgrade, a move, a restore, other sources', async () => {
  const { folder, plan } = await planOf('Ordinary')
  const tree = join(folder, 'node_modules')
  for (let at = 0; at < 200; at++) {
    mkdirSync(join(tree, `package ${at % 20}`), { recursive: true })
    write(join(tree, `package ${at % 20}`, `index${at}.js`), at)
  }
  const quiet = async (what: string) => {
    await backUp('Ordinary')
    expect(await alarms(), what).toEqual([])
  }
  await quiet('a tree came')
  for (const path of filesIn(folder).slice(0, 25)) write(path, 7)
  await quiet('editing')
  mkdirSync(join(folder, 'Photos'))
  for (let at = 0; at < 1_000; at++)
    writeFileSync(
      join(folder, 'Photos', `IMG_${at}.jpg`),
      Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), randomBytes(600)]),
    )
  await quiet('photos')
  rmSync(join(folder, 'folder 3'), { recursive: true })
  await quiet('a folder less')
  for (const path of filesIn(tree)) write(path, 8)
  for (const path of filesIn(tree).slice(0, 60)) rmSync(path)
  for (let at = 0; at < 80; at++) write(join(tree, `package ${at % 20}`, `chunk-${at}.mjs`), at)
  await quiet('an upgrade')
  renameSync(join(folder, 'Photos'), join(folder, 'Pictures'))
  for (const path of filesIn(join(folder, 'Pictures'))) renameSync(path, path.replace('IMG_', 'Holiday '))
  await quiet('a move')

  const backupId = await backUp('Ordinary')
  encrypt(filesIn(folder).slice(0, 900))
  await run(ground.client.call('restore.start', { backupId, into: folder, existing: 'replace' }))
  await quiet('a restore')
  await ground.client.call('plan.update', { id: plan.id, change: { exclude: ['*.locked', 'Pictures'] } })
  await quiet('other exclusions')
})

test('a folder emptied by a slip of the hand raises an alarm; other names for the same content do not', async () => {
  const { folder } = await planOf('Slip')
  for (const path of filesIn(folder).slice(0, 40)) renameSync(path, `${path}.zzq`)
  await backUp('Slip')
  expect(await alarms()).toEqual([])
  for (const path of filesIn(folder).slice(0, 150)) rmSync(path)
  await backUp('Slip')
  expect(await alarms()).toMatchObject([{ planName: 'Slip', signals: ['churn', 'deletions'] }])
  await ground.client.call('guard.accept', { name: 'Slip' })
})

test('canaries are put where they are wanted, count as a sign, never touch other files, and go again', async () => {
  const { folder, plan } = await planOf('Watched', { canaries: true })
  const [bait, ...others] = readdirSync(folder).filter((name) => name.includes('Everstow'))
  expect(others).toHaveLength(1)
  expect(readFileSync(join(folder, bait as string), 'utf8')).toMatch(/^This document belongs to Everstow/)
  expect(readdirSync(folder).sort().at(0)).toBe(bait)
  expect(readdirSync(folder).sort().at(-1)).toBe(others[0])
  // Far fewer files than would count without them.
  encrypt(
    filesIn(folder)
      .filter((path) => path.endsWith('.docx'))
      .slice(0, 15),
  )
  writeFileSync(join(folder, bait as string), randomBytes(400))
  await backUp('Watched')
  expect(await alarms()).toMatchObject([{ planName: 'Watched', signals: ['entropy', 'canary'] }])
  await ground.client.call('guard.accept', { name: 'Watched' })
  await ground.client.call('plan.update', { id: plan.id, change: { canaries: false } })
  // The one that was changed is no longer Everstow's to remove.
  expect(existsSync(join(folder, bait as string))).toBe(true)
  expect(existsSync(join(folder, others[0] as string))).toBe(false)
  expect(filesIn(folder)).toHaveLength(FILES + 1)
})

test('what could not be compared while its place was away is compared with the next backup', async () => {
  const { folder, first } = await planOf('Away')
  renameSync(join(ground.base, 'disk'), join(ground.base, 'gone'))
  encrypt(filesIn(folder).slice(0, 200))
  await backUp('Away')
  expect(await alarms()).toEqual([])
  renameSync(join(ground.base, 'gone'), join(ground.base, 'disk'))
  const seen = await backUp('Away')
  expect(await alarms()).toMatchObject([
    { planName: 'Away', goodBackupId: first, backupId: seen, isPinned: true },
  ])
  await ground.client.call('guard.accept', { name: seen })
})
