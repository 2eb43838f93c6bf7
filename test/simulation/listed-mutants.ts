import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MUTANTS } from './mutants/mutants.ts'
import { VARIANTS } from './protocol-model/variants.ts'
import { SWEEP_MUTANTS } from './sweep/mutants.ts'
import { SYNC_MUTANTS } from './sync/mutants.ts'

/** Where the list stands. */
const PROOF = join(import.meta.dirname, '../../docs/proof.md')
const BEGIN = '<!-- `node test/simulation/listed-mutants.ts` writes what follows -->'
const END = '<!-- up to here -->'

const LISTS = {
  'The engine’s log, formats and deliveries': MUTANTS.map(({ name }) => name),
  Sync: SYNC_MUTANTS.map(({ name }) => name),
  'Sweeping a space': SWEEP_MUTANTS.map(({ name }) => name),
  'The protocol, each time without one safeguard': VARIANTS.map(({ name, story }) => `\`${name}\`: ${story}`),
} as const

/** The list of all mutants, as it has to stand in the document. */
export function mutantList(): string {
  const total = Object.values(LISTS).flat().length
  const parts = Object.entries(LISTS).map(
    ([title, names]) => `**${title}** (${names.length})\n\n${names.map((name) => `- ${name}`).join('\n')}\n`,
  )
  return [`${total} in all.\n`, ...parts].join('\n')
}

/** What the document says between the two marks. */
export function listedInProof(): string {
  const [, list = ''] = readFileSync(PROOF, 'utf8').split(`${BEGIN}\n\n`)
  return list.split(`\n${END}`)[0] ?? ''
}

if (import.meta.main) {
  const text = readFileSync(PROOF, 'utf8')
  const [before = '', rest = ''] = text.split(BEGIN)
  const [, after = ''] = rest.split(END)
  writeFileSync(PROOF, `${before}${BEGIN}\n\n${mutantList()}\n${END}${after}`)
}
