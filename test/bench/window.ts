import { resolve } from 'node:path'
import type { Browser, CDPSession, Locator, Page } from 'playwright-core'
import type { Run } from '../../main/contract/index.ts'
import { openWindow, visit } from '../e2e/window-browser.ts'
import type { WindowDouble } from '../e2e/window-double.ts'
import type { DoubleWorld } from '../e2e/window-double-world.ts'
import { ENTRIES, manyBackupsWorld, millionFilesWorld } from '../e2e/window-many-world.ts'
import { busyWorld, calmWorld } from '../e2e/window-world.ts'
import { startChromium } from '../ground/chromium.ts'
import { describeMachine, load } from './machine.ts'
import { median, rounded } from './statistics.ts'

/** How the window behaves in Debian's Chromium, over a loopback server, from the built files in `dist/renderer`. */
export interface WindowBench {
  readonly rounds: number
}

const FOLDER = resolve(import.meta.dirname, '../../dist/renderer')
/** News of running work in an hour, at two a second. */
const NEWS = 7_200
const NEWS_AT_ONCE = 20
const IDLE_MS = 10_000
const SCROLL_STEPS = 180
const STEP_PX = 120

/** Measures in rounds and prints medians. */
export async function benchWindow({ rounds }: WindowBench): Promise<boolean> {
  console.log(`${describeMachine()}, ${rounds} rounds, load ${rounded(load(), 1)}`)
  const browser = await startChromium({ isWhole: true })
  try {
    const starts = await inTurn(rounds, () => start(browser))
    say(
      'first paint, ms',
      starts.map(({ paintMs }) => paintMs),
    )
    say(
      'largest paint, ms',
      starts.map(({ largestMs }) => largestMs),
    )
    say(
      'longest task of the start, ms',
      starts.map(({ longestTaskMs }) => longestTaskMs),
    )
    const idles = await inTurn(rounds, () => idle(browser))
    say('processor while nothing happens, % of a core', idles)
    const hours = await inTurn(rounds, () => hourOfNews(browser))
    say(
      'memory of the page before an hour of news, MB',
      hours.map(({ beforeMb }) => beforeMb),
    )
    say(
      'memory after it, MB',
      hours.map(({ afterMb }) => afterMb),
    )
    say(
      'memory after a second hour, MB',
      hours.map(({ secondMb }) => secondMb),
    )
    say(
      'elements of the page it left more',
      hours.map(({ nodes }) => nodes),
    )
    say(
      'longest task while news came, ms',
      hours.map(({ longestTaskMs }) => longestTaskMs),
    )
    for (const list of LISTS) {
      const scrolls = await inTurn(rounds, () => scroll(browser, list))
      say(
        `frame while ${list.what} are scrolled, ms: half`,
        scrolls.map(({ halfMs }) => halfMs),
      )
      say(
        '95 of 100',
        scrolls.map(({ mostMs }) => mostMs),
      )
      say(
        'of a frame, scripts, styles and layout, ms',
        scrolls.map(({ workMs }) => workMs),
      )
      say(
        'longest task meanwhile, ms',
        scrolls.map(({ longestTaskMs }) => longestTaskMs),
      )
    }
  } finally {
    await browser.close()
  }
  return true
}

async function inTurn<Result>(rounds: number, measure: () => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  for (let round = 0; round < rounds; round++) results.push(await measure())
  return results
}

function say(what: string, values: readonly number[]): void {
  console.log(`${what}: ${rounded(median(values), 1)} (${values.map((each) => rounded(each, 1)).join(', ')})`)
}

async function start(browser: Browser) {
  const { page, close } = await openWindow(browser, FOLDER, busyWorld())
  try {
    await page.getByTestId('hero').waitFor()
    const largestMs = await page.evaluate(
      () =>
        new Promise<number>((done) => {
          new PerformanceObserver((list) => done(list.getEntries().at(-1)?.startTime ?? 0)).observe({
            type: 'largest-contentful-paint',
            buffered: true,
          })
        }),
    )
    const paintMs = await page.evaluate(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
    )
    return { paintMs, largestMs, longestTaskMs: await longestTask(page, 0) }
  } finally {
    await close()
  }
}

async function idle(browser: Browser): Promise<number> {
  const { page, close } = await openWindow(browser, FOLDER, calmWorld())
  try {
    await page.getByTestId('hero').waitFor()
    await page.waitForTimeout(2_000)
    const session = await page.context().newCDPSession(page)
    const before = await busySeconds(session)
    await page.waitForTimeout(IDLE_MS)
    return (((await busySeconds(session)) - before) * 100_000) / IDLE_MS
  } finally {
    await close()
  }
}

async function busySeconds(session: CDPSession): Promise<number> {
  return (await metricsOf(session))('TaskDuration')
}

/** What does not hang on how the machine draws. */
async function workSeconds(session: CDPSession): Promise<number> {
  const metric = await metricsOf(session)
  return metric('ScriptDuration') + metric('RecalcStyleDuration') + metric('LayoutDuration')
}

/** What the browser counts of the page, by its own names. */
async function metricsOf(session: CDPSession): Promise<(name: string) => number> {
  await session.send('Performance.enable')
  const { metrics } = await session.send('Performance.getMetrics')
  return (wanted) => metrics.find(({ name }) => name === wanted)?.value ?? Number.NaN
}

async function hourOfNews(browser: Browser) {
  const { page, double, close } = await openWindow(browser, FOLDER, busyWorld())
  try {
    await page.getByTestId('hero').waitFor()
    const session = await page.context().newCDPSession(page)
    const before = await weigh(session)
    const began = await page.evaluate(() => performance.now())
    await takeNews(page, double, 'first')
    const after = await weigh(session)
    const longestTaskMs = await longestTask(page, began)
    await takeNews(page, double, 'second')
    const second = await weigh(session)
    return {
      beforeMb: before.mb,
      afterMb: after.mb,
      secondMb: second.mb,
      nodes: second.nodes - before.nodes,
      longestTaskMs,
    }
  } finally {
    await close()
  }
}

/** An hour's news at once; over when the page shows the last: what still waits to be taken up would be weighed as well. */
async function takeNews(page: Page, double: WindowDouble, hour: string): Promise<void> {
  const [run] = Object.values(busyWorld().state.runs as Record<string, Run>)
  if (!run) throw new Error('a world without work')
  for (let news = 0; news < NEWS; news += NEWS_AT_ONCE) {
    for (let each = 0; each < NEWS_AT_ONCE; each++)
      double.patch('runs', { [run.id]: { ...run, bytes: run.bytes + (news + each) * 1_000 } })
    await page.waitForTimeout(10)
  }
  const last = `/home/ada/${hour} hour`
  double.patch('runs', { [run.id]: { ...run, currentPath: last } })
  await page.getByText(last).waitFor({ timeout: 600_000 })
}

/** What the page holds once what nobody needs is collected. */
async function weigh(session: CDPSession): Promise<{ readonly mb: number; readonly nodes: number }> {
  await session.send('HeapProfiler.collectGarbage')
  const metric = await metricsOf(session)
  return { mb: metric('JSHeapUsedSize') / 1e6, nodes: metric('Nodes') }
}

interface List {
  readonly what: string
  readonly world: () => DoubleWorld
  /** Gives the list, with its first rows there. */
  readonly open: (page: Page) => Promise<Locator>
}

const LISTS: readonly List[] = [
  {
    what: '10,000 backups',
    world: manyBackupsWorld,
    open: async (page) => {
      await visit(page, 'backups')
      const rows = page.getByTestId('backup-rows')
      await rows.getByTestId('backup-row').first().waitFor()
      return rows
    },
  },
  {
    what: 'a million files',
    world: millionFilesWorld,
    open: async (page) => {
      await visit(page, 'backups/backup_000')
      const browser = page.getByTestId('file-browser')
      await browser.getByLabel('Search files').fill('f')
      await browser.getByText(`${ENTRIES.toLocaleString('en-GB')} entries`).waitFor()
      return browser.getByTestId('file-rows')
    },
  },
  {
    what: '3,000 conflicts',
    world: () => {
      const world = busyWorld()
      const notes = world.state.syncs.sf_notes00001
      if (!notes) throw new Error('a world without a synced folder')
      world.state.syncs = { [notes.id]: { ...notes, conflicts: 3_000 } }
      return world
    },
    open: async (page) => {
      await visit(page, 'sync/conflicts')
      const rows = page.getByTestId('conflict-list')
      await rows.getByTestId('conflict').first().waitFor()
      return rows
    },
  },
]

async function scroll(browser: Browser, list: List) {
  const { page, close } = await openWindow(browser, FOLDER, list.world())
  try {
    const rows = await list.open(page)
    await rows.scrollIntoViewIfNeeded()
    const session = await page.context().newCDPSession(page)
    const workBefore = await workSeconds(session)
    const began = await page.evaluate(() => performance.now())
    const frames = await rows.evaluate(
      (element, { steps, px }) =>
        new Promise<number[]>((done) => {
          const times: number[] = []
          let last = performance.now()
          const next = (now: number): void => {
            times.push(now - last)
            last = now
            element.scrollTop += px
            if (times.length < steps) requestAnimationFrame(next)
            else done(times.slice(1))
          }
          requestAnimationFrame(next)
        }),
      { steps: SCROLL_STEPS, px: STEP_PX },
    )
    const workMs = (((await workSeconds(session)) - workBefore) * 1_000) / SCROLL_STEPS
    const sorted = frames.toSorted((a, b) => a - b)
    return {
      workMs,
      halfMs: median(frames),
      mostMs: sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN,
      longestTaskMs: await longestTask(page, began),
    }
  } finally {
    await close()
  }
}

/** Tasks under 50 ms are not told of: 0 stands for them. */
function longestTask(page: Page, sinceMs: number): Promise<number> {
  return page.evaluate(
    (since) =>
      new Promise<number>((done) => {
        let longest = 0
        new PerformanceObserver((list) => {
          for (const { startTime, duration } of list.getEntries())
            if (startTime >= since) longest = Math.max(longest, duration)
        }).observe({ type: 'longtask', buffered: true })
        setTimeout(() => done(longest), 200)
      }),
    sinceMs,
  )
}
