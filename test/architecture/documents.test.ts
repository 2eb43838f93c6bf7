import { describe, expect, test } from 'vitest'
import en from '../../assets/locales/en.json' with { type: 'json' }
import { anchorsOf, type Link, linksOf, pages, projectFiles, readPage } from './documents.ts'

const links: readonly Link[] = pages.flatMap((file) => linksOf(file, readPage(file)))
const told = ({ from, written }: Link): string => `${from}: ${written}`

/** What a link leads to: a file, or the page of a folder. */
const pageAt = (file: string): string => (projectFiles.includes(file) ? file : `${file}/README.md`)

describe('links', () => {
  test('there are pages and links to look at', () => {
    expect(pages.length).toBeGreaterThan(100)
    expect(links.length).toBeGreaterThan(150)
  })

  test('headings are called as GitHub calls them', () => {
    const page =
      '# A `.env` file, “older”\n## Twice\n```\n# no heading\n```\n## Twice\n## [Link](x.md) & more'
    expect([...anchorsOf(page)]).toEqual(['a-env-file-older', 'twice', 'twice-1', 'link--more'])
  })

  test('each leads to a file, and to a heading that is there', () => {
    const isBroken = ({ file, anchor }: Link): boolean => {
      if (file === undefined) return false
      const folder = `${file}/`
      const isThere = projectFiles.some((each) => each === file || each.startsWith(folder))
      return !isThere || (anchor !== undefined && !anchorsOf(readPage(pageAt(file))).has(anchor))
    }
    expect(links.filter(isBroken).map(told)).toEqual([])
  })

  test('those to elsewhere are https', () => {
    const elsewhere = links.filter(({ file }) => file === undefined)
    expect(elsewhere.filter(({ written }) => !written.startsWith('https://')).map(told)).toEqual([])
  })

  test('from the README one comes to every document and every picture', () => {
    const reached = new Set(['README.md'])
    const waiting = ['README.md']
    for (let page = waiting.pop(); page !== undefined; page = waiting.pop())
      for (const { from, file } of links)
        if (from === page && file !== undefined && !reached.has(pageAt(file))) {
          reached.add(pageAt(file))
          waiting.push(pageAt(file))
        }
    const documents = projectFiles.filter((file) => file.startsWith('docs/') || /^[A-Z]+\.md$/.test(file))
    expect(documents.filter((file) => !reached.has(file))).toEqual([])
  })
})

describe('folders say their job', () => {
  const folders = [
    ...new Set(
      projectFiles
        .filter((file) => /^(main|renderer|preload|test)\/.*\.(ts|tsx|py)$/.test(file))
        .filter((file) => !file.includes('/fixtures/') && !file.startsWith('test/unit/'))
        .map((file) => file.split('/').slice(0, -1))
        .flatMap((names) => names.map((_, depth) => names.slice(0, depth + 1).join('/'))),
    ),
  ]
  const isNamedAbove = (folder: string): boolean => {
    const names = folder.split('/')
    const above = `${names.slice(0, -1).join('/')}/README.md`
    const name = new RegExp(`(?<![\\w-])${names.at(-1)}(?![\\w-])`)
    return projectFiles.includes(above) && name.test(readPage(above))
  }

  test('in a README of their own, or in that of the folder above', () => {
    expect(folders.length).toBeGreaterThan(120)
    const silent = folders.filter(
      (folder) => !projectFiles.includes(`${folder}/README.md`) && !isNamedAbove(folder),
    )
    expect(silent).toEqual([])
  })

  test('and name only files that are there', () => {
    // Declared by Electron's package.
    const known = new Set(['electron.d.ts', ...projectFiles.map((file) => file.split('/').at(-1) ?? '')])
    const readmes = pages.filter((page) => /^(main|renderer|preload|test)\/.*README\.md$/.test(page))
    const named = readmes.flatMap((page) =>
      [...readPage(page).matchAll(/`([\w./-]+\.(?:ts|tsx|mjs|py|wat))`/g)].map(([, name = '']) => ({
        page,
        name,
      })),
    )
    expect(named.length).toBeGreaterThan(300)
    const missing = named.filter(({ name }) => {
      const end = `/${name.replace(/^(\.\.?\/)+/, '')}`
      return (
        !known.has(name.split('/').at(-1) ?? '') ||
        (name.includes('/') && !projectFiles.some((file) => `/${file}`.endsWith(end)))
      )
    })
    expect(missing).toEqual([])
  })
})

describe('troubleshooting', () => {
  /** What the application says, in any of its forms, with `…` for what it fills in. */
  const sentences = new Set<string>()
  const gather = (texts: object): void => {
    for (const text of Object.values(texts))
      if (typeof text === 'string') sentences.add(text.replace(/\{\{[^}]*\}\}/g, '…'))
      else gather(text)
  }
  gather(en)
  const symptoms = readPage('docs/guide/troubleshooting.md')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (You see|---)/.test(line))
    .map((line) => line.split(' | ')[0]?.slice(2) ?? '')

  test('it begins with what people see, to the letter', () => {
    expect(symptoms.length).toBeGreaterThan(50)
    expect(symptoms.filter((symptom) => !sentences.has(symptom))).toEqual([])
  })
})
