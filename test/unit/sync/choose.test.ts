import { expect, test } from 'vitest'
import { createChooser, previewIgnore } from '../../../main/engine/sync/disk/choose.ts'
import { compareMarker } from '../../../main/engine/sync/disk/root-marker.ts'

test('what systems, editors and this program leave about is never synced', () => {
  const isChosen = createChooser({ only: [], ignore: ['!.DS_Store'] })
  for (const path of ['.everstow', 'a/.EverStow', '.Trash-1000'])
    expect(isChosen(path, 'directory'), path).toBe(false)
  for (const path of [
    '.everstow-root',
    '.everstow/x',
    '~$a.docx',
    'a/.DS_Store',
    'thumbs.db',
    '.~lock.a.odt#',
    '.a.swp',
  ])
    expect(isChosen(path, 'file'), path).toBe(false)
  for (const path of ['.everstowignore', 'a.swap', 'DS_Store', 'a~'])
    expect(isChosen(path, 'file'), path).toBe(true)
})

test('of chosen folders, what is in them and the way there', () => {
  const isChosen = createChooser({ only: ['a/b', '/c/'], ignore: [] })
  expect(isChosen('a', 'directory')).toBe(true)
  expect(isChosen('a/b/x', 'file')).toBe(true)
  expect(isChosen('A/B', 'directory')).toBe(true)
  expect(isChosen('c/d/e', 'file')).toBe(true)
  expect(isChosen('a/x', 'file')).toBe(false)
  expect(isChosen('a', 'file')).toBe(false)
  expect(isChosen('a/bb', 'directory')).toBe(false)
})

test('a preview names the rule that decided', () => {
  const paths = [
    { path: 'build', kind: 'directory' },
    { path: 'build/x.js', kind: 'file' },
    { path: 'a.log', kind: 'file' },
    { path: 'keep.log', kind: 'file' },
    { path: 'a.txt', kind: 'file' },
    { path: '.DS_Store', kind: 'file' },
  ] as const
  expect(previewIgnore(paths, { only: [], ignore: ['build/', '*.log', '!keep.log'] })).toEqual([
    { path: 'build', isChosen: false, by: 'build/' },
    { path: 'build/x.js', isChosen: false, by: 'build/' },
    { path: 'a.log', isChosen: false, by: '*.log' },
    { path: 'keep.log', isChosen: true, by: '!keep.log' },
    { path: 'a.txt', isChosen: true },
    { path: '.DS_Store', isChosen: false, by: 'always' },
  ])
  expect(previewIgnore([{ path: 'b', kind: 'file' }], { only: ['a'], ignore: [] })).toEqual([
    { path: 'b', isChosen: false, by: 'only' },
  ])
})

test('an older image of folder or base is noticed; a cut while the marker was written is none', () => {
  const known = { spaceId: 's', deviceId: 'd', generation: '2', next: '3' }
  const marker = { spaceId: 's', deviceId: 'd', generation: '2' }
  expect(compareMarker(marker, known)).toBe('same')
  expect(compareMarker({ ...marker, generation: '3' }, known)).toBe('same')
  expect(compareMarker({ ...marker, generation: '1' }, known)).toBe('restored')
  expect(compareMarker({ ...marker, deviceId: 'e' }, known)).toBe('restored')
  expect(compareMarker({ ...marker, spaceId: 't' }, known)).toBe('other-space')
  expect(compareMarker(undefined, known)).toBe('missing')
})
