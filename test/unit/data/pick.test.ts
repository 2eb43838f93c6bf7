import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { doJob } from '../../../main/engine/access/data/jobs/do-job.ts'
import { jsonOfText } from '../../../main/engine/access/data/values/json.ts'
import { type Picked, pick, stepsOf } from '../../../main/engine/access/data/values/pick.ts'
import { pointerOf } from '../../../main/engine/access/data/values/pointer.ts'
import { type Match, select } from '../../../main/engine/access/data/values/select.ts'

const picked = (text: string, selector: string): Picked | undefined =>
  pick(Buffer.from(text), stepsOf(selector)!)

/** As it is without picking: all of the text becomes a value. */
async function selectedFrom(text: string, selector: string): Promise<Match[] | 'refused'> {
  try {
    return await Array.fromAsync(select(jsonOfText(text, 'json'), selector))
  } catch {
    return 'refused'
  }
}

const names = ['a', 'a', 'a', 'b', '0', '0', '1', '10', '__proto__', 'é', '\ud800', 'a/b', '~', '"', '']
const space = fc.constantFrom('', '', '', ' ', '\n', '\t\r ')
const string = fc.oneof(
  fc.constantFrom(...names).map((name) => JSON.stringify(name)),
  fc.string({ unit: 'binary', maxLength: 6 }).map((text) => JSON.stringify(text)),
  fc.constantFrom('"\\u0061"', '"\\ud83d\\ude00"', '"\\/"', '"\\u00E9"', '"\\b\\f\\n\\r\\t\\"\\\\"'),
)
const number = fc.oneof(
  fc.constantFrom('0', '-0', '1e400', '-1.5E-3', '10.25', '1E+2', '123456789012345678901'),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
)
const name = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...names).map((text) => JSON.stringify(text)) },
  { weight: 1, arbitrary: string },
)
/** JSON as nobody would write it: names twice, spaces anywhere, all escapes. */
const { json } = fc.letrec<{ json: string; value: string; object: string; list: string }>((tie) => ({
  object: fc
    .tuple(
      fc.array(
        fc.tuple(space, name, space, space, tie('value')).map(([a, b, c, d, e]) => `${a}${b}${c}:${d}${e}`),
        { minLength: 1, maxLength: 6 },
      ),
      space,
    )
    .map(([members, end]) => `{${members.join(',')}${end}}`),
  list: fc.array(tie('value'), { minLength: 1, maxLength: 4 }).map((items) => `[${items.join(',')}]`),
  value: fc
    .oneof(
      { maxDepth: 3 },
      fc.oneof(string, number, fc.constantFrom('true', 'false', 'null', '{}', '[]', '[ ]', '{ }')),
      tie('object'),
      tie('list'),
    )
    .chain((value) => fc.tuple(space, space).map(([before, after]) => `${before}${value}${after}`)),
  json: fc.oneof(tie('object'), tie('object'), tie('list'), tie('value')),
}))
const selector = fc.oneof(
  fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }).map(pointerOf),
  fc
    .array(
      fc.constantFrom('.a', '.b', '[0]', '[1]', "['é']", '["a/b"]', "['~']", '.__proto__', "['0']", "['']"),
      { minLength: 1, maxLength: 3 },
    )
    .map((steps) => `$${steps.join('')}`),
)

describe('what is picked out of a JSON', () => {
  it('is what parsing all of it finds', async () => {
    let found = 0
    await fc.assert(
      fc.asyncProperty(json, selector, async (text, wanted) => {
        const expected = await selectedFrom(text, wanted)
        expect(expected).not.toBe('refused')
        const { match } = picked(text, wanted)!
        expect(match ? [match] : []).toEqual(expected)
        if (match) found++
      }),
      { numRuns: 3_000, seed: 7 },
    )
    expect(found).toBeGreaterThan(150)
  })

  it('is nothing where the text is no JSON, wherever that shows', async () => {
    let refused = 0
    const change = fc.tuple(
      fc.nat(),
      fc.constantFrom(
        '',
        ',',
        '"',
        '\\',
        '}',
        ']',
        '{',
        '[',
        ':',
        '1',
        '.',
        'e',
        '-',
        '+',
        'n',
        '\u0001',
        '\ufeff',
        '\u00a0',
      ),
      fc.boolean(),
    )
    await fc.assert(
      fc.asyncProperty(json, change, selector, async (text, [place, mark, replaces], wanted) => {
        const at = place % (text.length + 1)
        const changed = text.slice(0, at) + mark + text.slice(at + (replaces ? 1 : 0))
        // What no encoding has is not letters any more, and no business of this.
        if (!changed.isWellFormed()) return
        const expected = await selectedFrom(changed, wanted)
        const result = picked(changed, wanted)
        // A mark at the beginning is none of the text, as a decoder sees it.
        if (changed.startsWith('\ufeff')) return
        if (expected === 'refused') {
          refused++
          expect(result).toBeUndefined()
        } else expect(result?.match ? [result.match] : []).toEqual(expected)
      }),
      { numRuns: 5_000, seed: 11 },
    )
    expect(refused).toBeGreaterThan(1_000)
  })

  it.each([
    '$',
    '',
    '/~2',
    '$..a',
    '$.a[*]',
    '$[?@.a]',
    '$[-1]',
    '$[0:1]',
    "$['a','b']",
    '$.a b',
    '$[01]',
    "$['\\n']",
    'a',
    '$.é',
  ])('is left to those who see all of it where it may be several things, or anything else: %s', (text) => {
    expect(stepsOf(text)).toBeUndefined()
  })

  it('may stand behind a mark, and is had from UTF-16 too', async () => {
    const text = '\ufeff {"a":["é😀"]}'
    expect(picked(text, '/a/0')).toEqual({ match: { pointer: '/a/0', value: 'é😀' } })
    const wide = [
      (async function* () {
        yield Buffer.from(text, 'utf16le')
      })(),
    ]
    expect(JSON.parse(await doJob({ op: 'select', kind: 'json', select: '$.a[0]' }, wide))).toEqual({
      found: true,
      value: 'é😀',
    })
  })

  it('is nothing in what is too deep, or would take too much memory as a value', () => {
    const deep = (depth: number) => `{"x":${'['.repeat(depth)}${']'.repeat(depth)},"a":1}`
    expect(picked(deep(511), '/a')).toEqual({ match: { pointer: '/a', value: 1 } })
    expect(picked(deep(512), '/a')).toBeUndefined()
    const wide = (count: number) => `{"x":[${'{},'.repeat(count)}{}],"a":1}`
    expect(picked(wide(5_000_000), '/a')).toBeDefined()
    expect(picked(wide(6_000_000), '/a')).toBeUndefined()
  })

  it('is nothing in what is not UTF-8', () => {
    expect(pick(Buffer.from('{"a":"\xe9"}', 'latin1'), [{ name: 'a' }])).toBeUndefined()
  })
})
