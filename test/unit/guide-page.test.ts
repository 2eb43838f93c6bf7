import { describe, expect, test } from 'vitest'
import { blocksOf, fits, stepsOf } from '../e2e/guide-page.ts'

const PAGE = `# A page

\`\`\`sh
one
two
\`\`\`

\`\`\`console
$ everstow list
Backup                    Made
snapshot_20261122_224519  just now
$ everstow backup \\
    --quiet   # exit status 3
\`\`\`
`

describe('pages with commands', () => {
  test('a block of commands is one step, a block with answers has a step for each command', () => {
    const [plain, answered] = blocksOf(PAGE)
    expect(plain).toMatchObject({ language: 'sh', line: 3 })
    expect(stepsOf(plain!)).toEqual([{ command: 'one\ntwo', status: 0, isWhole: true }])
    expect(stepsOf(answered!)).toMatchObject([
      {
        command: 'everstow list',
        said: 'Backup                    Made\nsnapshot_20261122_224519  just now',
      },
      { command: 'everstow backup \\\n    --quiet   # exit status 3', status: 3 },
    ])
    expect(stepsOf(answered!)[1]).not.toHaveProperty('said')
  })

  test.each([
    ['snapshot_20261122_224519  just now', 'snapshot_20270101_000000_2   3 minutes ago\n'],
    ['Size  1.4 kB', 'Size       784 bytes'],
    ['Made last year, next in 4 hours', 'Made 3 years ago, next tomorrow'],
    ['Opens\n…\n2ac96fa37730442d  family\n…', 'Opens\nffffffffffffffff  family\n'],
    ['Opens\n…\n2ac96fa37730442d  family\n…\nEnd', 'Opens\none\ntwo\n0123456789abcdef  family\nthree\nEnd'],
    ['Made Nov 22, 2026, 10:59 PM by run_7fa9ed1974dd', 'Made Jan 2, 2030, 1:00 AM by run_0123456789ab'],
  ])('%j may be %j', (written, said) => expect(fits(said, written)).toBe(true))

  test.each([
    ['2 of 2 copies', '1 of 2 copies'],
    ['It is good.', 'It is good. But'],
    ['It is good.', 'It is goodx'],
    ['snapshot_20261122_224519', 'snapshot_soon'],
    ['1.4 kB', 'much'],
    ['Opens\n…\n2ac96fa37730442d  family\n…', 'Opens\nffffffffffffffff  other\n'],
  ])('%j may not be %j', (written, said) => expect(fits(said, written)).toBe(false))
})
