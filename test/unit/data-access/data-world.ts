import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { dataCaller } from '../../../main/app/data-access/data-caller.ts'
import { connectInProcess, type InProcessClient } from '../../../main/app/in-process-client.ts'
import type { Backup, CallInput, DataScope } from '../../../main/contract/index.ts'
import { type Ground, layGround } from '../app-ground.ts'

/** What no program may be given, wherever it stands. */
export const CANARY = 'canary-9c2e'

/** Backups of two plans, with files that a key may see and others that it may not. */
export interface DataWorld {
  readonly ground: Ground
  /** Ids of plans: `papers` may be seen, `private` not. */
  readonly plans: { readonly papers: string; readonly private: string }
  /** Of `papers`, an archive and a snapshot each: those that may be seen, and later ones that may not. */
  readonly seen: readonly Backup[]
  readonly late: readonly Backup[]
  /** Of `private`, one a format. */
  readonly hidden: readonly Backup[]
  /** All that may be seen, and nothing else. */
  readonly scope: DataScope
  /** A key that reads data, and a client that comes in with it. */
  agent(name: string, scope: DataScope, more?: Partial<CallInput<'apiKeys.add'>>): Promise<Agent>
  close(): Promise<void>
}

export interface Agent {
  readonly id: string
  readonly token: string
  readonly call: InProcessClient['call']
}

export const SEEN_FILES: Readonly<Record<string, string>> = {
  'papers/open/prices.json': '{"eur":1,"usd":2}',
  'papers/open/log.ndjson': '{"n":1}\n{"n":2}\n',
  'papers/open/table.csv': 'a,b\n1,2\n',
  'papers/open/café.json': '{"is":"café"}',
  'papers/open/notes.txt': 'nothing in it\n',
  'papers/open/long.txt': 'x'.repeat(400),
}
/** In the same backups, but outside of the scope, left out by the plan, or secret. */
export const HIDDEN_FILES: Readonly<Record<string, string>> = {
  'papers/closed/prices.json': `{"eur":"${CANARY}"}`,
  'papers/open-2/prices.json': `{"eur":"${CANARY}"}`,
  'papers/Open/other.json': `{"eur":"${CANARY}"}`,
  'papers/open/.env': `KEY=${CANARY}\n`,
  'papers/open/server.pem': `${CANARY}\n`,
  'papers/open/.ssh/id_rsa': `${CANARY}\n`,
  'papers/open/ID_RSA.json': `{"k":"${CANARY}"}`,
  'papers/open/dropped/a.json': `{"eur":"${CANARY}"}`,
  'papers/open/old.draft.json': `{"eur":"${CANARY}"}`,
  'papers/top.json': `{"eur":"${CANARY}"}`,
}

/** Makes the world. What the plan leaves out it leaves out since the backups were made. */
export async function makeDataWorld(): Promise<DataWorld> {
  const ground = await layGround()
  const put = (path: string, content: string) => {
    const full = join(ground.base, path)
    mkdirSync(dirname(full), { recursive: true })
    writeFileSync(full, content)
  }
  for (const [path, content] of Object.entries({ ...SEEN_FILES, ...HIDDEN_FILES })) put(path, content)
  put('private/salary.json', `{"eur":"${CANARY}"}`)
  put('private/open/prices.json', `{"eur":"${CANARY}"}`)
  const inPapers = (path: string) => join(ground.base, 'papers', path)
  linkSync(inPapers('closed/prices.json'), inPapers('open/z-hard.json'))
  symlinkSync('../closed/prices.json', inPapers('open/soft.json'))
  symlinkSync('../closed', inPapers('open/away'))

  const placeId = await ground.addPlace('one')
  const { call, done } = { call: ground.client.call, done: ground.done }
  const newPlan = async (name: string) => {
    const sources = [join(ground.base, name)]
    const plan = { name, sources, placeIds: [placeId], schedule: 'manual', format: 'archive' as const }
    return (await call('plan.add', plan)).id
  }
  const plans = { papers: await newPlan('papers'), private: await newPlan('private') }
  const backUp = async (plan: keyof typeof plans, format: 'archive' | 'snapshot') => {
    await call('plan.update', { id: plans[plan], change: { format } })
    const { backup, error } = await done(call('backup.start', { plan }))
    if (!backup) throw new Error(`no backup: ${JSON.stringify(error)}`)
    return backup
  }
  const seen = [await backUp('papers', 'archive')]
  const hidden = [await backUp('private', 'archive')]
  put('papers/open/prices.json', '{"eur":2,"usd":2}')
  seen.push(await backUp('papers', 'snapshot'))
  hidden.push(await backUp('private', 'snapshot'))
  put('papers/open/prices.json', `{"eur":"${CANARY}"}`)
  const late = [await backUp('papers', 'archive'), await backUp('papers', 'snapshot')]
  await call('plan.update', { id: plans.papers, change: { exclude: ['dropped/', '*.draft.json'] } })
  await call('settings.update', { serveData: true })

  return {
    ground,
    plans,
    seen,
    hidden,
    late,
    scope: { planIds: [plans.papers], paths: ['papers/open'], to: seen[1]!.createdAt },
    async agent(name, scope, more = {}) {
      const { key, token } = await ground.client.call('apiKeys.add', {
        name,
        role: 'read-data',
        scope,
        ...more,
      })
      const { call } = connectInProcess(ground.app.server, 'view', dataCaller(key, 'test'))
      return { id: key.id, token, call }
    },
    close: () => ground.close(),
  }
}
