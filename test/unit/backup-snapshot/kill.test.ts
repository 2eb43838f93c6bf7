import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createChunkIndex } from '../../../main/engine/repository/index/chunk-index.ts'
import { at, expectSame, Series } from './ground.ts'
import { noise } from './noise.ts'

const CHILD = fileURLToPath(new URL('./pipeline-child.ts', import.meta.url))
const PACK_BYTES = 1 << 20
const ROUNDS = 10
const KILLS_A_ROUND = 3

/** Starts a backup and kills it `delayMs` after it has told of so many packs (0: after its start). True when it was still alive. */
function killAfter(sessionFolder: string, packs: number, delayMs: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, at('src'), sessionFolder, String(PACK_BYTES)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_COMPILE_CACHE: at('code') },
    })
    let told = 0
    let isArmed = false
    const arm = (): void => {
      if (isArmed) return
      isArmed = true
      setTimeout(() => child.kill('SIGKILL'), delayMs)
    }
    if (packs === 0) arm()
    child.stdout.on('data', (text: Buffer) => {
      told += text.toString().split('\n').length - 1
      if (told >= packs) arm()
    })
    child.on('error', reject)
    child.on('exit', (_, signal) => resolve(signal === 'SIGKILL'))
  })
}

test(`killed ${ROUNDS * KILLS_A_ROUND} times, backups are always whole in the end and go on where they were`, async () => {
  for (let folder = 0; folder < 60; folder++) {
    mkdirSync(at(`src/d${folder}/sub`), { recursive: true })
    for (let file = 0; file < 8; file++)
      writeFileSync(at(`src/d${folder}/sub/f${file}`), noise(`${folder}/${file}`, 20_000))
  }
  writeFileSync(at('src/large'), noise('large', 9 << 20))
  const totalBytes = 60 * 8 * 20_000 + (9 << 20)
  // What was written in the last two seconds is never trusted.
  await new Promise((resolve) => setTimeout(resolve, 2100))
  let kills = 0
  let readAgain = 0
  for (let round = 0; round < ROUNDS; round++) {
    const sessionFolder = at(`session-${round}`)
    mkdirSync(sessionFolder)
    for (let kill = 0; kill < KILLS_A_ROUND; kill++) {
      const isEarly = (round + kill) % 5 === 4
      const packs = isEarly ? 0 : 2 + 3 * kill + (round % 4)
      if (await killAfter(sessionFolder, packs, isEarly ? Math.random() * 600 : Math.random() * 25)) kills++
    }
    const packsBefore = readdirSync(`${sessionFolder}/packs`).length
    const { pile, run } = bound(new Series())
    const index = createChunkIndex(1000)
    const { result } = await run([at('src')], {
      sessionFolder,
      packBytes: PACK_BYTES,
      index: index.handles(),
    })
    expectSame(pile, result.rootTreeId, at('src'), 'src')
    expect(result.incomplete).toBe(false)
    expect(result.newPacks.length).toBeGreaterThanOrEqual(packsBefore)
    // Nothing is stored twice, and what lies in packs of the journal is not stored again.
    const stored = new Set(result.newPacks.map(({ packId }) => packId))
    expect(stored.size).toBe(result.newPacks.length)
    expect(result.usedPacks).toEqual([])
    readAgain += result.stats.bytesRead
    rmSync(sessionFolder, { recursive: true })
  }
  expect(kills).toBeGreaterThanOrEqual(ROUNDS * KILLS_A_ROUND * 0.8)
  // On the way most of it was finished: the last run of a round reads a good part less than everything.
  expect(readAgain / ROUNDS).toBeLessThan(totalBytes * 0.7)
})

function bound(series: Series): { pile: Series['pile']; run: Series['run'] } {
  return { pile: series.pile, run: series.run.bind(series) }
}
