// What Everstow ships of others: the list `docs/licences.md`, from the lockfile alone, and the texts, from the packages that are installed.
//   licences.mjs           writes docs/licences.md anew
//   licences.mjs --texts   writes dist/THIRD-PARTY.txt
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const root = path.dirname(import.meta.dirname)
/** Needed to build only, but bundled into the window, so they ship. */
const IN_THE_WINDOW = [
  '@mantine/charts',
  '@mantine/core',
  '@mantine/hooks',
  '@tabler/icons-react',
  'cronstrue',
  'react',
  'react-dom',
  'react-i18next',
  'recharts',
  'zustand',
]
/** Asked for by others as peers, and never part of what ships. */
const NOT_SHIPPED = new Set(['typescript'])
/** Licences that let us ship; what has another one is looked at by a person first. */
const ACCEPTED = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Python-2.0',
  'Unlicense',
  'CC0-1.0',
])
const TEXT_FILE = /^(licen[cs]e|copying|notice)([.-].*)?$/i

/** Name, version, licence and folder of every package that ships, from the lockfile, by name. */
export function shippedPackages(lock) {
  const { packages } = lock
  const found = new Map()
  const waiting = [
    ...Object.keys({ ...packages[''].dependencies, ...packages[''].optionalDependencies }),
    ...IN_THE_WINDOW,
  ].map((name) => ['', name])
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [from, wanted] = next
    const folder = folderOf(packages, from, wanted)
    if (folder === undefined || found.has(folder) || NOT_SHIPPED.has(wanted)) continue
    const { name, version, license, dependencies, optionalDependencies } = packages[folder]
    found.set(folder, { name: name ?? wanted, version, licence: license ?? 'none named', folder })
    for (const each of Object.keys({ ...dependencies, ...optionalDependencies })) waiting.push([folder, each])
  }
  return [...found.values()].sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version))
}

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0)

/** Where Node finds a package that another one asks for. */
function folderOf(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const candidate = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`
    if (candidate in packages) return candidate
    if (folder === '') return undefined
  }
}

/** Packages whose licence nobody has accepted. Of several to choose from, one is enough; of several that hold, all are needed. */
export function unaccepted(shipped) {
  return shipped.filter(({ licence }) => {
    const choices = licence.replace(/[()]/g, '').split(/ OR /)
    return !choices.some((choice) => choice.split(/ AND /).every((each) => ACCEPTED.has(each)))
  })
}

/** The document. */
export function licenceList(shipped) {
  const counts = new Map()
  for (const { licence } of shipped) counts.set(licence, (counts.get(licence) ?? 0) + 1)
  const summary = [...counts].sort(([a, m], [b, n]) => n - m || compare(a, b))
  const rows = uniqueRows(shipped).map(
    ({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`,
  )
  return `# Licences of what ships

Made by \`npm run licences\` from the lockfile; a test keeps it current. It lists every package that some system gets, in the program or bundled into the window; their texts are in
\`THIRD-PARTY.txt\` of each installer. Electron and Chromium bring theirs with them (\`LICENSE.electron.txt\`, \`LICENSES.chromium.html\`), and so does Node (MIT and those of its parts).

${summary.map(([licence, count]) => `${licence}: ${count}`).join(', ')}.

| Package | Version | Licence |
|---|---|---|
${rows.join('\n')}
`
}

function uniqueRows(shipped) {
  return [...new Map(shipped.map((each) => [`${each.name}@${each.version}`, each])).values()]
}

/** Every text once, under the names of the packages that have it. A package that brings none is named with its licence. */
export function writeThirdParty(folder, file) {
  const texts = new Map()
  for (const each of shippedPackages(readLock(folder))) {
    const place = path.join(folder, each.folder)
    // Built for other systems than this one.
    if (!existsSync(place)) continue
    const text = textsOf(place) || `(${each.licence}; the package brings no text of its own)`
    texts.set(text, [...(texts.get(text) ?? []), `${each.name} ${each.version}`])
  }
  const parts = [...texts].map(([text, names]) => `${[...new Set(names)].join(', ')}\n\n${text}`)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, `${parts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`)
}

function textsOf(place) {
  return readdirSync(place)
    .filter((name) => TEXT_FILE.test(name))
    .sort()
    .map((name) => readFileSync(path.join(place, name), 'utf8').trim())
    .join('\n\n')
}

export function readLock(folder) {
  return JSON.parse(readFileSync(path.join(folder, 'package-lock.json'), 'utf8'))
}

if (import.meta.main) {
  if (process.argv.includes('--texts')) writeThirdParty(root, path.join(root, 'dist', 'THIRD-PARTY.txt'))
  else writeFileSync(path.join(root, 'docs', 'licences.md'), licenceList(shippedPackages(readLock(root))))
}
