import { execFileSync } from 'node:child_process'
import { afterAll, describe, expect, it } from 'vitest'
import type { DataJob } from '../../../main/engine/access/data/jobs/job.ts'
import { createDataThreads } from '../../../main/engine/access/data/jobs/threads.ts'
import { nodeClock } from '../../../main/engine/env/node/node-clock.ts'

const threads = createDataThreads({ clock: nodeClock, mostMs: 500, mostHeapMb: 96 })
/** For what does end, however slow the machine is. */
const patient = createDataThreads({ clock: nodeClock, mostMs: 600_000 })
afterAll(() => Promise.all([threads.close(), patient.close()]))

async function* content(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
const select = (selector: string): DataJob => ({ op: 'select', kind: 'json', select: selector })
const never = () => new AbortController().signal
const ask = async (job: DataJob, text: string, signal = never()) =>
  JSON.parse(await patient.run(job, [content(text)], signal))

/** No engine of expressions ends with these before the sun does. */
const ENDLESS = select('$[?match(@, "(a+)+b")]')
const ENDLESS_TEXT = JSON.stringify(['a'.repeat(200)])

describe('work in threads', () => {
  it('gives what it found, or why not', async () => {
    expect(await ask(select('/a'), '{"a":1}')).toEqual({ found: true, value: 1 })
    await expect(ask(select(''), '{')).rejects.toMatchObject({ code: 'data-unreadable', data: { line: 1 } })
    const many = await Promise.all(Array.from({ length: 20 }, (_, at) => ask(select('/0'), `[${at}]`)))
    expect(many.map(({ value }) => value)).toEqual(Array.from({ length: 20 }, (_, at) => at))
  })

  it('ends where it would not, and the next is done', async () => {
    await expect(threads.run(ENDLESS, [content(ENDLESS_TEXT)], never())).rejects.toMatchObject({
      code: 'data-too-hard',
    })
    const nested = `${'['.repeat(80)}1${']'.repeat(80)}`
    const stars = select(`$${'..*'.repeat(12)}.nothing`)
    await expect(threads.run(stars, [content(nested)], never())).rejects.toMatchObject({
      code: 'data-too-hard',
    })
    expect(await ask(select('/a'), '{"a":2}')).toMatchObject({ value: 2 })
  })

  it('is not begun where it would take too much memory, and ends where it does', async () => {
    async function* repeated(beginning: string, text: string, times: number): AsyncGenerator<Uint8Array> {
      yield Buffer.from(beginning)
      const piece = Buffer.from(text.repeat(100_000))
      for (let count = 0; count < times; count++) yield piece
      yield Buffer.from(']')
    }
    const tooHard = { code: 'data-too-hard' }
    const objects = repeated('[1', ',{"a":{}}', 40)
    await expect(patient.run(select('/1'), [objects], never())).rejects.toMatchObject(tooHard)
    const small = createDataThreads({ clock: nodeClock, mostMs: 600_000, mostHeapMb: 128 })
    const records = { op: 'select', kind: 'ndjson', select: '/1' } as const
    await expect(small.run(records, [repeated('', '{"a":{}}\n', 40)], never())).rejects.toMatchObject(tooHard)
    await small.close()
  })

  it('ends when nobody waits any more, also while it waits for its turn', async () => {
    const stop = new AbortController()
    const running = Array.from({ length: 4 }, () =>
      patient.run(ENDLESS, [content(ENDLESS_TEXT)], stop.signal),
    )
    stop.abort()
    for (const outcome of await Promise.allSettled(running))
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'cancelled' } })
    expect(await ask(select('/a'), '{"a":3}')).toMatchObject({ value: 3 })
  })

  it('fails with what its pieces fail with', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('[')
      throw new Error('gone')
    }
    await expect(patient.run(select(''), [broken()], never())).rejects.toThrow('gone')
    expect(await ask(select('/a'), '{"a":4}')).toMatchObject({ value: 4 })
  })

  it('asks for no more pieces than it needs', async () => {
    let given = 0
    async function* lines(): AsyncGenerator<Uint8Array> {
      for (; given < 1_000; given++) yield Buffer.from('{"n":1}\n'.repeat(100))
    }
    const job: DataJob = { op: 'records', kind: 'ndjson', offset: 0, length: 5, maxBytes: 10_000 }
    expect(JSON.parse(await patient.run(job, [lines()], never())).records).toHaveLength(5)
    expect(given).toBeLessThan(5)
  })

  it('keeps no process alive', () => {
    const program = `
      import { createDataThreads } from './main/engine/access/data/jobs/threads.ts'
      import { nodeClock } from './main/engine/env/node/node-clock.ts'
      const threads = createDataThreads({ clock: nodeClock })
      async function* content() { yield Buffer.from('[5]') }
      const job = { op: 'select', kind: 'json', select: '/0' }
      console.log(await threads.run(job, [content()], new AbortController().signal))`
    const text = execFileSync(process.execPath, ['--input-type=module', '-e', program], { timeout: 300_000 })
    expect(text.toString()).toBe('{"found":true,"value":5}\n')
  })
})
