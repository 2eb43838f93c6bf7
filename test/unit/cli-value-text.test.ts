import { expect, test } from 'vitest'
import { safeJson, safeText, widthOf } from '../../main/hosts/cli/output/terminal-text.ts'
import { sparkline, valueColumns, valueText } from '../../main/hosts/cli/output/value-text.ts'

test('a value on one line is cut to its columns, wide letters counted as two', () => {
  expect(valueText({ a: [1, 'zwei'] }, 80)).toBe('{"a":[1,"zwei"]}')
  expect(valueText('x'.repeat(100), 20)).toBe(`"${'x'.repeat(18)}…`)
  const wide = valueText('価格'.repeat(50), 21)
  expect(wide.endsWith('…')).toBe(true)
  expect(widthOf(wide)).toBeLessThanOrEqual(21)
  expect(valueText(undefined, 80)).toBe('null')
})

test('on a terminal a value gets half a line, elsewhere all of it', () => {
  expect(valueColumns({ isTTY: true, columns: 120 })).toBe(60)
  expect(valueColumns({ isTTY: true, columns: 10 })).toBe(20)
  expect(valueColumns({ columns: 80 })).toBe(Number.POSITIVE_INFINITY)
})

test('JSON for a terminal is the same JSON, and nothing in it is obeyed', () => {
  const value = { '\u001b[31m': ['\u009b2J', '\u202egpj.exe', '\u007f', 'line\nend', 'plain é 価'] }
  for (const indent of [undefined, 2]) {
    const text = safeJson(value, indent)
    expect(JSON.parse(text)).toEqual(value)
    expect(text.split('\n').map(safeText).join('\n')).toBe(text)
  }
})

test('bars rise with the numbers; what is missing is a gap', () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe('▁▂▃▄▅▆▇█')
  expect(sparkline([1, undefined, 2])).toBe('▁ █')
  expect(sparkline([5, 5])).toBe('▅▅')
  expect(sparkline([-1.7e308, 1.7e308])).toBe('▁█')
  expect(sparkline([])).toBe('')
  const many = sparkline(Array.from({ length: 1_000 }, (_, at) => at))
  expect(many).toHaveLength(60)
  expect([...many].toSorted().join('')).toBe(many)
})
