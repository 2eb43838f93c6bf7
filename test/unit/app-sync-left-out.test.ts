import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Ground, layGround } from './app-ground.ts'

let ground: Ground
beforeEach(async () => {
  ground = await layGround()
})
afterEach(() => ground.close())

test.runIf(process.platform === 'linux')(
  'what can be synced by nobody is told with its reason for as long as it is there, also after a new start',
  async () => {
    const folder = join(ground.base, 'docs')
    mkdirSync(join(folder, 'inner'), { recursive: true })
    writeFileSync(join(folder, 'list.txt'), 'milk\n')
    execFileSync('mkfifo', [join(folder, 'inner', 'pipe')])
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9])]), 'latin 1')
    const placeId = await ground.addPlace('nas')
    await ground.client.call('sync.add', { name: 'docs', folder, placeId, strategy: 'manual', auto: false })
    expect(await leftOut()).toBeUndefined()

    const pipe = { path: 'inner/pipe', reason: 'special-file' }
    const latin = { path: 'caf\uFFFD', reason: 'name-not-unicode' }
    await sync()
    expect(await leftOut()).toEqual({ count: 2, first: [latin, pipe] })
    await ground.restart()
    await sync()
    expect(await leftOut()).toEqual({ count: 2, first: [latin, pipe] })

    renameSync(join(folder, 'inner'), join(folder, 'moved'))
    await sync()
    expect(await leftOut()).toEqual({ count: 2, first: [latin, { ...pipe, path: 'moved/pipe' }] })
    rmSync(join(folder, 'moved'), { recursive: true })
    rmSync(Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9])]))
    await sync()
    expect(await leftOut()).toBeUndefined()
  },
)

async function sync(): Promise<void> {
  const { runId } = await ground.client.call('sync.run', {})
  const run = await ground.client.call('run.wait', { id: runId })
  expect(run.state).toBe('done')
}

async function leftOut() {
  const [folder] = await ground.client.call('sync.list', {})
  return folder?.leftOut
}
