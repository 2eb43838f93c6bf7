import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

/** A link of a page: where it leads, from the root of the project, and to which heading. */
export interface Link {
  readonly from: string
  readonly written: string
  /** Nothing for links to elsewhere. */
  readonly file?: string
  readonly anchor?: string
}

/** All files of the project, from its root. */
export const projectFiles: readonly string[] = execFileSync(
  'git',
  ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
  { cwd: root, encoding: 'utf8' },
)
  .split('\0')
  .filter((file) => file !== '' && existsSync(join(root, file)))

/** Every page, from the root of the project. */
export const pages: readonly string[] = projectFiles.filter((file) => file.endsWith('.md'))

export const readPage = (file: string): string => readFileSync(join(root, file), 'utf8')

/** A page without what is set as code. */
const proseOf = (page: string): string =>
  page.replace(/^```.*?^```$/gms, '').replace(/(`+)[^`].*?\1/g, 'code')

/** The links and pictures of a page. */
export function linksOf(from: string, page: string): Link[] {
  return [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, written = '']) => {
    if (/^[a-z][a-z+.-]*:/i.test(written)) return { from, written }
    const [path = '', anchor] = written.split('#')
    const file = path === '' ? from : normalize(join(dirname(from), path)).replace(/\/$/, '')
    return { from, written, file, ...(anchor === undefined ? {} : { anchor }) }
  })
}

/** What the headings of a page are called in addresses, as GitHub does it. */
export function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of page.replace(/^```.*?^```$/gms, '').matchAll(/^#+ (.*)$/gm)) {
    const plain = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-')
    let anchor = plain
    for (let nth = 1; anchors.has(anchor); nth++) anchor = `${plain}-${nth}`
    anchors.add(anchor)
  }
  return anchors
}
