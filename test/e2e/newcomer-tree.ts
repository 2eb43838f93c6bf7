import { chmodSync, lutimesSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Twenty thousand small files as a person has them: nested folders, links, an empty folder, modes, odd names, times of their own. */
export function makeNewcomersTree(folder: string): void {
  for (let project = 0; project < 40; project++)
    for (let part = 0; part < 10; part++) {
      const sub = join(folder, `Project ${project}`, part % 3 === 0 ? `notes/${part}` : `part-${part}`)
      mkdirSync(sub, { recursive: true })
      for (let number = 0; number < 50; number++) {
        const path = join(sub, `file ${number}.${number % 5 === 0 ? 'json' : 'txt'}`)
        writeFileSync(path, `project ${project} part ${part} file ${number}\n`.repeat(1 + (number % 40)))
        const seconds = 1_600_000_000 + project * 86_400 + part * 3_600 + number + 0.25
        utimesSync(path, seconds, seconds)
      }
    }
  const odd = join(folder, 'Odd names')
  mkdirSync(join(odd, 'empty'), { recursive: true })
  for (const name of [
    'été.txt',
    'with "quotes" and \'more\'',
    'new\nline',
    '-dash',
    ' space ',
    '日本語',
    'a'.repeat(255),
  ])
    writeFileSync(join(odd, name), name)
  writeFileSync(join(odd, 'script.sh'), '#!/bin/sh\necho hello\n')
  chmodSync(join(odd, 'script.sh'), 0o755)
  writeFileSync(join(odd, 'private.key'), 'secret')
  chmodSync(join(odd, 'private.key'), 0o600)
  symlinkSync('script.sh', join(odd, 'link'))
  symlinkSync('/nowhere/at/all', join(odd, 'dangling'))
  symlinkSync('.', join(odd, 'loop'))
  lutimesSync(join(odd, 'link'), 1_500_000_000, 1_500_000_000)
  utimesSync(join(odd, 'empty'), 1_550_000_000, 1_550_000_000)
}
