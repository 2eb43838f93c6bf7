import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { routes } from '../../main/hosts/api/routes/index.ts'

test('the guide names every route, whole or from some part of its path on', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/guide/rest-api.md'), 'utf8')
  const isNamed = (path: string): boolean => {
    const parts = path.split('/')
    return parts.some((_, at) => guide.includes(at === 0 ? path : `…/${parts.slice(at).join('/')}`))
  }
  expect(routes.map(({ path }) => path).filter((path) => !isNamed(path))).toEqual([])
})
