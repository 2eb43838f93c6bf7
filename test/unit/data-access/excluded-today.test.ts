import { expect, test } from 'vitest'
import { viewOfToday } from '../../../main/engine/sources/files/excluded-today.ts'

const roots = [
  { source: '/home/ada/papers', prefix: 'papers' },
  { source: '/home/ada/.config/gcloud', prefix: 'gcloud' },
  { source: '/srv/*.json', prefix: 'srv' },
]
const plan = {
  exclude: ['dropped/', '*.draft.json', '/top.txt', '/home/ada/papers/here/x.txt', '!keep.draft.json'],
  excludePresets: ['build'],
}

test('what the plan leaves out today is left out, with all that is in it', () => {
  const { isExcluded } = viewOfToday(roots, plan)
  for (const path of [
    'papers/dropped/a.json',
    'papers/x/dropped/y/z.json',
    'papers/a.draft.json',
    'papers/top.txt',
    'papers/here/x.txt',
    'papers/node_modules/a/b.js',
    'srv/a.draft.json',
  ])
    expect(isExcluded(path, false), path).toBe(true)
  for (const path of [
    'papers/a.json',
    'papers/dropped',
    'papers/keep.draft.json',
    'papers/x/top.txt',
    'srv/here/x.txt',
    'papers',
  ])
    expect(isExcluded(path, false), path).toBe(false)
  expect(isExcluded('papers/dropped', true)).toBe(true)
})

test('a backup that does not say where its files came from is judged by the first names', () => {
  const { isExcluded, originsOf } = viewOfToday([], plan)
  expect(isExcluded('anything/dropped/a.json', false)).toBe(true)
  expect(isExcluded('anything/a.json', false)).toBe(false)
  expect(originsOf('anything/a.json')).toEqual([])
})

test('no plan leaves nothing out, and where a path came from is known all the same', () => {
  const { isExcluded, originsOf } = viewOfToday(roots, undefined)
  expect(isExcluded('papers/dropped/a.json', false)).toBe(false)
  expect(originsOf('gcloud/x.db')).toEqual(['/home/ada/.config/gcloud/x.db'])
  expect(originsOf('srv/a.json')).toEqual(['/srv/a.json'])
  expect(originsOf('gcloud')).toEqual(['/home/ada/.config/gcloud'])
  expect(originsOf('gcloud-2/x')).toEqual([])
})
