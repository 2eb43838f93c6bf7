import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CommandResult, everstow, startEverstow } from './everstow-command.ts'
import { createSeededRandom, seedOfTest } from './seed.ts'

const seed = seedOfTest()
const random = createSeededRandom(seed)
const KILLS = { backup: 40, push: 30, restore: 30 }

let base: string
let home: string
let source: string
/** How long a command takes to start: what one takes that does nothing, with room for a quicker start. */
let startMs: number
const placeOf = (number: number) => join(base, `place-${number}`)

beforeAll(async () => {
  console.log(`SEED=${seed}`)
  base = mkdtempSync(join(tmpdir(), 'everstow-kill-'))
  home = join(base, 'home')
  source = join(base, 'source')
  makeTree(source)
  for (const number of [1, 2])
    await done(
      everstow(home, ['place', 'add', `place ${number}`, '--type', 'local', '--path', placeOf(number)]),
    )
  await done(
    everstow(home, [
      'plan',
      'add',
      'files',
      '--source',
      source,
      '--to',
      'place 1',
      '--to',
      'place 2',
      '--format',
      'archive',
      '--schedule',
      'manual',
    ]),
  )
  startMs = 0.7 * (await done(everstow(home, ['plan', 'list', '--json']))).tookMs
})

afterAll(() => rmSync(base, { recursive: true, force: true }))

describe('SIGKILL at a random moment needs no manual step', () => {
  test(`${KILLS.backup} backups`, { timeout: 300_000 }, async () => {
    const whole = await done(everstow(home, ['backup', 'files', '--json']))
    for (let round = 0; round < KILLS.backup; round++)
      await killDuring(['backup', 'files', '--json'], whole.tookMs)
    await settle('--all')
    // The one made last, undisturbed, is whole again.
    await done(everstow(home, ['backup', 'files', '--json']))
    await settle('latest')
  })

  test(`${KILLS.push} pushes`, { timeout: 300_000 }, async () => {
    const away = `${placeOf(2)}.away`
    let pushMs = 1_000
    for (let round = 0; round < KILLS.push; round++) {
      renameSync(placeOf(2), away)
      const made = await everstow(home, ['backup', 'files', '--json'])
      expect(made.status, made.stderr).toBe(3)
      renameSync(away, placeOf(2))
      if (round === 0) {
        const whole = await done(everstow(home, ['push', '--json']))
        pushMs = whole.tookMs
      } else await killDuring(['push', '--json'], pushMs)
    }
    await settle('--all')
  })

  test(`${KILLS.restore} restores`, { timeout: 300_000 }, async () => {
    const target = join(base, 'target')
    const args = ['restore', 'latest', '--into', target, '--existing', 'replace', '--yes', '--json']
    const whole = await done(everstow(home, args))
    for (let round = 0; round < KILLS.restore; round++) {
      rmSync(target, { recursive: true, force: true })
      await killDuring(args, whole.tookMs)
      // Nothing half-written: every file that is visible is whole.
      if (existsSync(join(target, 'source'))) expectPartOf(join(target, 'source'))
    }
    await done(everstow(home, args))
    execFileSync('diff', ['-r', '--no-dereference', source, join(target, 'source')])
    expect(readdirSync(target).filter((name) => name.startsWith('.everstow-restore'))).toEqual([])
  })
})

/** Starts a command and kills it within the time it usually takes (and a little after); before `startMs` it does nothing that a kill could hurt. */
async function killDuring(args: readonly string[], usualMs: number): Promise<CommandResult> {
  const command = startEverstow(home, args)
  const timer = setTimeout(() => command.kill(), startMs + random() * (usualMs * 1.1 - startMs))
  const result = await command.ended
  clearTimeout(timer)
  // Killed, or ended well before; never an error of its own because of what an earlier kill left.
  expect([null, 0], result.stderr + result.stdout).toContain(result.status)
  return result
}

/** One ordinary push later, every backup that is listed is everywhere, those asked for verify, and nothing unfinished lies about. */
async function settle(asked: '--all' | 'latest'): Promise<void> {
  await done(everstow(home, ['push', '--json']))
  const list = JSON.parse((await done(everstow(home, ['list', '--limit', '1000', '--json']))).stdout) as {
    backups: { backup_id: string; state: string; copies: { status: string }[] }[]
  }
  expect(list.backups.length).toBeGreaterThan(0)
  for (const backup of list.backups) {
    expect(backup.state, backup.backup_id).toBe('complete')
    expect(
      backup.copies.map(({ status }) => status),
      backup.backup_id,
    ).toEqual(['synced', 'synced'])
  }
  const verified = await done(everstow(home, ['verify', asked, '--json']))
  const copies = asked === '--all' ? list.backups.length * 2 : 2
  expect(JSON.parse(verified.stdout)).toMatchObject({ checked: copies, ok: copies })
  expect(readdirSync(join(home, 'spool'))).toEqual([])
  const names = new Set(list.backups.map(({ backup_id }) => backup_id))
  for (const number of [1, 2]) {
    const archives = readdirSync(join(placeOf(number), 'archives'))
    expect(
      archives
        .filter((name) => name.endsWith('.tar.gz'))
        .map((name) => name.replace('.tar.gz', ''))
        .sort(),
    ).toEqual([...names].sort())
    expect(archives.filter((name) => name.includes('tmp'))).toEqual([])
    expect(archives).toHaveLength(names.size * 3)
  }
  expect(readdirSync(join(home, 'cache', 'indexes')).filter((name) => name.endsWith('.tmp'))).toEqual([])
}

async function done(running: Promise<CommandResult>): Promise<CommandResult> {
  const result = await running
  expect(result.status, result.stderr + result.stdout).toBe(0)
  return result
}

/** Every file in `folder` has the content it has in the source. */
function expectPartOf(folder: string): void {
  const answer = execFileSync(
    'sh',
    ['-c', 'diff -r --no-dereference "$1" "$2" | grep -v "^Only in $1" || true', 'sh', source, folder],
    { encoding: 'utf8' },
  )
  expect(answer).toBe('')
}

/** Some hundred files of all sizes, so that a run takes long enough to be hit anywhere: as long again as it takes to start. */
function makeTree(folder: string): void {
  for (let number = 0; number < 400; number++) {
    const sub = join(folder, `folder ${number % 20}`)
    mkdirSync(sub, { recursive: true })
    writeFileSync(
      join(sub, `file ${number}.txt`),
      Buffer.alloc(Math.floor(random() ** 4 * 100_000) + 1, `${seed} ${number} `),
    )
  }
  const noise = new Uint8Array(3 * 1024 * 1024)
  for (let at = 0; at < noise.length; at++) noise[at] = random() * 256
  writeFileSync(join(folder, 'noise.bin'), noise)
  symlinkSync('noise.bin', join(folder, 'link'))
}
