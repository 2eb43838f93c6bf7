import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openWorkspace } from '../../main/engine/catalogue/workspace.ts'
import { createPlaces } from '../../main/engine/delivery/places.ts'
import { createRepositories } from '../../main/engine/delivery/snapshot/repositories.ts'
import type { Files } from '../../main/engine/env/files.ts'
import { createNodeEnv } from '../../main/engine/env/node/create-node-env.ts'
import { nodeFiles } from '../../main/engine/env/node/node-files.ts'
import { ROOT_MARKER } from '../../main/engine/sync/disk/places.ts'
import { openFolder } from '../../main/engine/sync/run/open-folder.ts'
import { type Ground, layGround } from './app-ground.ts'

let ground: Ground
beforeEach(async () => {
  ground = await layGround()
})
afterEach(() => ground.close())

/** Opens the only synced folder as the engine would, and ends in the middle of its marker. */
async function openUntilCut(cut: 'before' | 'after'): Promise<void> {
  const files: Files = {
    ...nodeFiles,
    async writeAtomic(path, ...rest) {
      const isMarker = path.endsWith(ROOT_MARKER)
      if (isMarker && cut === 'before') throw new Error('cut')
      await nodeFiles.writeAtomic(path, ...rest)
      if (isMarker) throw new Error('cut')
    },
  }
  const env = {
    ...(await createNodeEnv({ home: ground.home, keychain: 'off', logDestination: 'none' })),
    files,
  }
  const workspace = await openWorkspace(ground.home, env)
  const places = createPlaces(workspace)
  const repositories = createRepositories(workspace, places)
  try {
    const [folder] = (await workspace.configuration.read()).syncedFolders
    if (!folder) throw new Error('nothing is synced')
    await expect(openFolder({ workspace, places, repositories }, folder)).rejects.toThrow('cut')
  } finally {
    await repositories.close()
    await places.close()
    workspace.close()
  }
}

const CUTS = ['before', 'after'] as const

test.each(CUTS.flatMap((first) => CUTS.map((second) => [first, second] as const)))(
  'a folder whose first opening was cut off is synced by the next: %s and then %s its marker was written',
  async (first, second) => {
    const folder = join(ground.base, 'docs')
    mkdirSync(folder)
    writeFileSync(join(folder, 'list.txt'), 'milk\n')
    const placeId = await ground.addPlace('nas')
    await ground.client.call('sync.add', { name: 'docs', folder, placeId, strategy: 'manual', auto: false })
    await ground.app.stop()
    await openUntilCut(first)
    await openUntilCut(second)
    await ground.restart()
    await expect
      .poll(async () => {
        await ground.done(ground.client.call('sync.run', {}))
        return (await ground.client.call('sync.list', {}))[0]
      })
      .toMatchObject({ state: 'synced', files: 1 })
  },
)
