import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Ground, layGround } from '../app-ground.ts'

let ground: Ground
const call: Ground['client']['call'] = (name, input, options) => ground.client.call(name, input, options)
beforeEach(async () => {
  ground = await layGround()
})
afterEach(() => ground.close())

async function backUp(format: 'archive' | 'snapshot', name: string, ...placeIds: string[]): Promise<void> {
  writeFileSync(join(ground.source, name), '{"n":1}')
  const run = await ground.done(call('backup.start', { paths: [ground.source], format, placeIds }))
  expect(run.state).toBe('done')
  rmSync(join(ground.source, name))
}

const takeAway = (place: string) => renameSync(ground.placePath(place), `${ground.placePath(place)} away`)
const bringBack = (place: string) => renameSync(`${ground.placePath(place)} away`, ground.placePath(place))

/** The next process, which knows nothing of what lies in places. */
async function restartBlank(): Promise<void> {
  await ground.app.stop()
  rmSync(join(ground.home, 'cache'), { recursive: true, force: true })
  await ground.restart()
}

async function found() {
  const { matches, unsearched } = await call('backup.find', { name: 'thing' })
  const { files, unsearched: away } = await call('data.files', { name: 'thing' })
  const { hits, unsearched: alsoAway } = await call('data.search', { text: 'thing' })
  const paths = matches.map(({ path }) => path)
  expect(files.map(({ path }) => path)).toEqual(paths)
  expect(hits.map(({ path }) => path)).toEqual(paths)
  expect([away, alsoAway]).toEqual(
    unsearched ? [unsearched.length, unsearched.length] : [undefined, undefined],
  )
  return { paths, unsearched }
}

describe('while a place is away', () => {
  it.each(['archive', 'snapshot'] as const)(
    'names are found in the others, and it is told which was not asked (%s)',
    async (format) => {
      const [one, two] = [await ground.addPlace('one'), await ground.addPlace('two')]
      await backUp(format, 'thing-one.json', one)
      await backUp(format === 'archive' ? 'snapshot' : 'archive', 'thing-two.json', two)
      await restartBlank()
      takeAway('one')
      expect(await found()).toEqual({ paths: ['source/thing-two.json'], unsearched: ['one'] })
      bringBack('one')
      const both = ['source/thing-one.json', 'source/thing-two.json']
      expect(await found()).toEqual({ paths: both, unsearched: undefined })
    },
  )

  it('another that has the same is asked, and nothing is missing', async () => {
    const [one, two] = [await ground.addPlace('one'), await ground.addPlace('two')]
    await backUp('snapshot', 'thing.json', one, two)
    await backUp('archive', 'thing.csv', one, two)
    await restartBlank()
    takeAway('one')
    expect(await found()).toEqual({ paths: ['source/thing.csv', 'source/thing.json'], unsearched: undefined })
  })

  it('a place is not asked for one archive after another', async () => {
    const one = await ground.addPlace('one')
    for (const name of ['thing-1', 'thing-2', 'thing-3']) await backUp('archive', name, one)
    takeAway('one')
    // What is known of them here is enough.
    const known = { paths: ['source/thing-1', 'source/thing-2', 'source/thing-3'], unsearched: undefined }
    expect(await found()).toEqual(known)
    await restartBlank()
    expect(await found()).toEqual({ paths: [], unsearched: ['one'] })
  })
})
