import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { InProcessClient } from '../../main/app/in-process-client.ts'
import { findBackup, insertBackup } from '../../main/engine/catalogue/backups.ts'
import { createSeededRandom } from '../crash/seed.ts'
import { addFarPlace, backUp, type Costs, inApp, noteCost, printCosts } from './cost.ts'
import { type FarServer, startFarServer } from './far-server.ts'
import { describeMachine, load } from './machine.ts'
import { rounded } from './statistics.ts'

/** How a value is followed over backups of a JSON file at an S3 server, and how many backups are listed. */
export interface DataBench {
  readonly rounds: number
  /** Backups that the value is followed over. */
  readonly backups: number
  /** Backups in the catalogue when they are listed. */
  readonly listed: number
}

const FORMATS = ['archive', 'snapshot'] as const
type Format = (typeof FORMATS)[number]

/** Of a service that is not around the corner. */
const LATENCY_MS = 20
const RECORDS = 10_000
const PATH = 'source/prices.json'
const PAGE = 10_000
const DAY_MS = 86_400_000

/** Measures in rounds and prints medians. */
export async function benchData({ rounds, backups, listed }: DataBench): Promise<boolean> {
  const ground = mkdtempSync(join(tmpdir(), 'everstow-bench-data-'))
  try {
    const about = `a JSON of ${rounded(jsonOf(0).length / 1e6, 2)} MB in ${backups} backups, ${LATENCY_MS} ms a request, ${rounds} rounds`
    console.log(`${describeMachine()}, Node ${process.version}, ${about}, load ${rounded(load(), 1)}`)
    for (const format of FORMATS) {
      const server = await startFarServer(LATENCY_MS)
      try {
        const scene = { home: join(ground, `home-${format}`), source: join(ground, 'source'), format, server }
        await layBackups(scene, backups)
        printCosts(format, await measureSeries(scene, rounds, backups))
        if (format === 'snapshot') printCosts(`${listed} backups`, await measureLists(scene, rounds, listed))
      } finally {
        await server.close()
      }
    }
    return true
  } finally {
    rmSync(ground, { recursive: true, force: true })
  }
}

interface Scene {
  readonly home: string
  readonly source: string
  readonly format: Format
  readonly server: FarServer
}

async function layBackups({ home, source, format, server }: Scene, count: number): Promise<void> {
  mkdirSync(source, { recursive: true })
  await inApp(home, async (client) => {
    await addFarPlace(client, server)
    for (let day = 0; day < count; day++) {
      writeFileSync(join(source, 'prices.json'), jsonOf(day))
      await backUp(client, source, format)
    }
  })
}

async function measureSeries({ home, server }: Scene, rounds: number, backups: number): Promise<Costs> {
  const costs: Costs = new Map()
  for (let round = 0; round < rounds; round++) {
    const select = `$.prices[${round}].eur`
    const step = (name: string, client: InProcessClient) =>
      noteCost(costs, name, server, () => series(client, select, backups))
    rmSync(join(home, 'cache'), { recursive: true, force: true })
    await inApp(home, async (client) => {
      await step('series, cold', client)
      await step('the same again', client)
    })
    await inApp(home, (client) => step('the same after a new start', client))
    await inApp(home, (client) =>
      noteCost(costs, 'another value after a new start', server, () =>
        series(client, `$.prices[${RECORDS - 1 - round}].eur`, backups),
      ),
    )
    rmSync(join(home, 'cache', 'data'), { recursive: true, force: true })
    await inApp(home, (client) => step('series for the first time', client))
  }
  return costs
}

async function series(client: InProcessClient, select: string, backups: number): Promise<void> {
  const { points } = await client.call('data.series', { path: PATH, select, limit: backups })
  const found = points.filter(({ state }) => state === 'found').length
  if (found !== backups) throw new Error(`${found} of ${backups} values were found`)
}

async function measureLists({ home, server }: Scene, rounds: number, count: number): Promise<Costs> {
  fillCatalogue(home, count)
  const costs: Costs = new Map()
  await inApp(home, async (client) => {
    for (let round = 0; round < rounds; round++) {
      await noteCost(costs, 'the newest 50', server, () => client.call('data.backups', {}))
      await noteCost(costs, 'the oldest 50', server, () =>
        client.call('data.backups', { offset: count - 50 }),
      )
      await noteCost(costs, 'all in one answer', server, () => client.call('data.backups', { limit: PAGE }))
      await noteCost(costs, 'a page of the window', server, () =>
        client.call('backup.list', { limit: 100, offset: count / 2 }),
      )
    }
  })
  return costs
}

/** Backups as the newest one is, a day apart each. */
function fillCatalogue(home: string, count: number): void {
  const database = new DatabaseSync(join(home, 'catalogue.db'))
  try {
    const { id } = database.prepare('SELECT id FROM backups LIMIT 1').get() as { id: string }
    const like = findBackup(database, id)
    if (!like) throw new Error('there is no backup')
    const { there } = database.prepare('SELECT count(*) AS there FROM backups').get() as { there: number }
    database.exec('BEGIN')
    for (let at = there; at < count; at++) {
      const own = { id: `${id}_${at + 1000}`, filename: `${at}`, createdMs: like.createdMs - at * DAY_MS }
      insertBackup(database, { ...like, ...own })
    }
    database.exec('COMMIT')
  } finally {
    database.close()
  }
}

/** Prices of a day: each differs from the day before. */
function jsonOf(day: number): string {
  const random = createSeededRandom(day + 1)
  const prices = Array.from({ length: RECORDS }, (_, at) => ({
    id: `item-${at}`,
    name: `Something that is sold, number ${at}`,
    eur: Math.round(random() * 100_000) / 100,
    stock: Math.floor(random() * 1000),
  }))
  return JSON.stringify({ day, prices })
}
