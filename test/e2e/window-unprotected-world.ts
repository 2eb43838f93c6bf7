import type { UnprotectedReport } from '../../main/contract/index.ts'
import type { DoubleWorld } from './window-double-world.ts'

const DAY = 86_400_000
const GB = 1_000_000_000
const iso = (ms: number): string => new Date(ms).toISOString()
const amount = (gb: number, files: number, isWhole = true) => ({ bytes: Math.round(gb * GB), files, isWhole })

/** What the double says of what no backup holds. What is accepted, added or left out is so from then on. */
export function unprotectedAnswers(state: DoubleWorld['state']) {
  const isCalm = () => state.status.current.level === 'protected'
  const purposely = new Set(['/home/ada/Games'])
  let countedAt: string | undefined

  const outside = () =>
    (
      [
        ['Films', amount(96, 212)],
        ['Games', amount(61.3, 300_000, false)],
        ['Letters of the grandparents, scanned', amount(4.1, 1_804)],
        ['.ssh', amount(0.000_02, 6)],
      ] as const
    ).flatMap(([name, counted]) => {
      const path = `/home/ada/${name}`
      const isHeld = Object.values(state.plans).some(({ sources }) => sources.includes(path))
      if (isHeld || (isCalm() && path !== '/home/ada/Games')) return []
      return [{ path, name, onPurpose: purposely.has(path), ...(countedAt ? { amount: counted } : {}) }]
    })

  const unread = (): UnprotectedReport['unread'] => {
    const plan = state.plans.pl_projects
    const items = ['postgres-data', 'secret *keys*'].map((name) => ({
      path: `/home/ada/Projects/${name}`,
      why: { key: 'unprotected.why.refused' },
      todo: { key: 'unprotected.todo.refused.other' },
      rule: `/home/ada/Projects/${name}`,
    }))
    const left = items.filter(({ rule }) => !plan?.exclude.includes(rule))
    if (!plan || isCalm() || left.length === 0) return []
    const about = { planId: plan.id, planName: plan.name, backupId: 'backup_003' }
    return [{ ...about, count: left.length, items: left }]
  }

  const leftOut = (): UnprotectedReport['leftOut'] => {
    if (!countedAt || !state.plans.pl_documents) return []
    const place = (path: string, gb: number, files: number) => ({ path, ...amount(gb, files) })
    return [
      {
        planId: 'pl_projects',
        planName: 'Projects',
        pattern: 'node_modules/',
        preset: 'build',
        ...amount(11.2, 412_003, false),
        largest: [
          place('/home/ada/Projects/atlas/node_modules', 4.2, 121_004),
          place('/home/ada/Projects/site/node_modules', 3.1, 98_100),
        ],
      },
      {
        planId: 'pl_projects',
        planName: 'Projects',
        pattern: '*.iso',
        ...amount(4.7, 1),
        largest: [place('/home/ada/Projects/rescue.iso', 4.7, 1)],
      },
      {
        planId: 'pl_documents',
        planName: 'Documents and pictures',
        pattern: 'drafts/',
        ignoreFile: '/home/ada/Documents/.everstowignore',
        ...amount(0.08, 44),
        largest: [place('/home/ada/Documents/drafts', 0.08, 44)],
      },
    ]
  }

  const scope = (): UnprotectedReport['scope'] => {
    const about = { planId: 'pl_documents', planName: 'Documents and pictures' }
    if (!state.plans.pl_documents || isCalm()) return []
    return [
      { ...about, kind: 'source-gone', what: '/home/ada/Desktop' },
      { ...about, kind: 'rule-added', what: 'temporary' },
      { ...about, kind: 'source-added', what: '/home/ada/Pictures' },
    ]
  }

  const report = (): UnprotectedReport => ({
    at: iso(Date.now()),
    verdict: isCalm() ? 'healthy' : 'attention',
    sentence: isCalm()
      ? { key: 'unprotected.nothing' }
      : unread().length > 0
        ? { key: 'unprotected.unread', params: { count: unread()[0]?.count ?? 0 } }
        : { key: 'unprotected.outside', params: { count: outside().length } },
    ...(countedAt ? { countedAt } : {}),
    isWhole: countedAt === undefined,
    outside: outside(),
    unread: unread(),
    scope: scope(),
    leftOut: leftOut(),
  })

  return {
    'unprotected.report': () => ({ output: report() }),
    'unprotected.count': async () => {
      await new Promise((done) => setTimeout(done, 400))
      countedAt = iso(Date.now() - DAY / 200)
      return { output: report() }
    },
    'unprotected.accept': ({ path, onPurpose }: { path: string; onPurpose: boolean }) => {
      if (onPurpose) purposely.add(path)
      else purposely.delete(path)
      return { output: { path, onPurpose } }
    },
  }
}
