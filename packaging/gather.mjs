// Gathers what the machines of a release made: `gather.mjs FROM TO`. FROM has a folder for each machine.
//
// Two machines, one for each kind of processor, write the same file for the updater of macOS: such files become one that names the files of both. Then
// `SHA256SUMS` is written over all of it.
import { createHash } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parse, stringify } from 'yaml'

const SUMS = 'SHA256SUMS'
/** What the updater reads: `latest.yml`, `beta-mac.yml`, `latest-linux-arm64.yml`. */
const UPDATE_FILE = /^(latest|beta|alpha)(-[\w-]+)?\.yml$/

/** One update file out of several for the same version. The first of equal processors' files stays the one that old updaters take. */
export function mergeUpdateFiles(texts) {
  const all = texts.map((text) => parse(text))
  const versions = new Set(all.map(({ version }) => version))
  if (versions.size !== 1) throw new Error(`update files of several versions: ${[...versions].join(', ')}`)
  const files = new Map(all.flatMap((each) => each.files.map((file) => [file.url, file])))
  return stringify({ ...all[0], files: [...files.values()] }, { lineWidth: 0 })
}

/** Copies every file into one folder. Two of one name must be update files. */
export async function gather(from, to) {
  await mkdir(to, { recursive: true })
  const places = new Map()
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true }))
    if (entry.isFile())
      places.set(entry.name, [...(places.get(entry.name) ?? []), path.join(entry.parentPath, entry.name)])
  for (const [name, [first, ...others]] of places) {
    if (others.length === 0) await copyFile(first, path.join(to, name))
    else if (!UPDATE_FILE.test(name)) throw new Error(`${name} was made ${others.length + 1} times`)
    else {
      const texts = await Promise.all([first, ...others].sort().map((file) => readFile(file, 'utf8')))
      await writeFile(path.join(to, name), mergeUpdateFiles(texts))
    }
  }
  await writeFile(path.join(to, SUMS), await sumsOf(to))
}

async function sumsOf(folder) {
  const lines = []
  for (const name of (await readdir(folder)).filter((each) => each !== SUMS).sort())
    lines.push(
      `${createHash('sha256')
        .update(await readFile(path.join(folder, name)))
        .digest('hex')}  ${name}\n`,
    )
  return lines.join('')
}

if (import.meta.main) await gather(process.argv[2], process.argv[3])
