import { describe, expect, it } from 'vitest'
import { kindOfBeginning, kindOfName } from '../../../main/engine/access/data/kinds.ts'

const bytes = (text: string, encoding: BufferEncoding = 'utf8') => Buffer.from(text, encoding)

describe('the kind of a file', () => {
  it.each([
    ['a/b.json', 'json'],
    ['map.GeoJSON', 'json'],
    ['notebook.ipynb', 'json'],
    ['log.ndjson', 'ndjson'],
    ['log.jsonl', 'ndjson'],
    ['table.csv', 'csv'],
    ['table.tsv', 'csv'],
    ['readme.md', 'text'],
    ['a.json/picture.png', undefined],
    ['README', undefined],
    ['.gitignore', 'text'],
    ['folder.csv/data', undefined],
  ])('is told by the name %s: %s', (path, kind) => {
    expect(kindOfName(path)).toBe(kind)
  })

  it.each([
    ['{"a": [1, "}", true]}', true, 'json'],
    [' [\n]', true, 'json'],
    ['{"a": 1}\n{"a": 2}\n', true, 'ndjson'],
    ['{"a": 1} {"a": 2}', true, 'text'],
    ['{"a": 1', true, 'text'],
    ['{"a": 1', false, 'json'],
    ['{"a": "cut off in a str', false, 'json'],
    ['[1, 2, fal', false, 'json'],
    ['[1, 2, fai', false, 'text'],
    ['{ not json }', true, 'text'],
    ['[section]\nkey = 1\n', true, 'text'],
    ['{"a" "b"}', true, 'text'],
    ['{,}', true, 'text'],
    ['{"a":1,}', true, 'text'],
    ['[1}', true, 'text'],
    ['Grüße', true, 'text'],
    ['', true, 'text'],
    ['a\0b', true, 'bytes'],
  ])('is told by its beginning %j (whole: %s): %s', (text, isWhole, kind) => {
    expect(kindOfBeginning(bytes(text), isWhole)).toBe(kind)
  })

  it('is told in other encodings, and where a letter is cut off', () => {
    expect(kindOfBeginning(bytes('\uFEFF{"a":1}'), true)).toBe('json')
    expect(kindOfBeginning(bytes('\uFEFF{"a":1}', 'utf16le'), true)).toBe('json')
    expect(kindOfBeginning(bytes('Grüße', 'latin1'), true)).toBe('bytes')
    expect(kindOfBeginning(bytes('ü').subarray(0, 1), false)).toBe('text')
    expect(kindOfBeginning(bytes('ü').subarray(0, 1), true)).toBe('bytes')
  })
})
