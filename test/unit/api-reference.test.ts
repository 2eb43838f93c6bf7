import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, test } from 'vitest'
import { describedApi, descriptionPage, descriptionText } from '../documents/api-reference.ts'

const kept = (name: string): string => readFileSync(join(import.meta.dirname, '../../docs/api', name), 'utf8')

test('what is kept of the API’s description is what it says of itself now (npm run docs)', () => {
  const description = describedApi()
  expect(kept('openapi.json')).toBe(descriptionText(description))
  expect(kept('README.md')).toBe(descriptionPage(description))
})

test('it is OpenAPI 3.1, by its own schema', async () => {
  const check = async (description: Readonly<Record<string, unknown>>) =>
    (await new Validator().validate(description)).valid
  const description = JSON.parse(kept('openapi.json'))
  expect(await check(description)).toBe(true)
  const { info: _, ...headless } = description
  expect(await check(headless)).toBe(false)
  const [path] = Object.keys(description.paths)
  expect(await check({ ...description, paths: { [path!]: { get: { responses: 'none' } } } })).toBe(false)
})

test('the page has every route, with what it takes and gives', () => {
  const page = kept('README.md')
  for (const [path, methods] of Object.entries(describedApi().paths))
    for (const [method, { parameters }] of Object.entries(methods)) {
      const [, after = ''] = page.split(`\n## ${method.toUpperCase()} ${path}\n`)
      const [section = ''] = after.split('\n## ')
      expect(section).toMatch(/^\n.+ Role: `[\w-]+`\.\n/)
      for (const { name } of parameters) expect(section).toContain(`| \`${name}\``)
      expect(section).toMatch(/\nAnswers 20\d, `[\w+/-]+`/)
    }
})
