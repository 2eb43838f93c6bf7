import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { calls } from '../../main/contract/index.ts'
import { routes } from '../../main/hosts/api/routes/index.ts'
import { hostileArchives, hostileGzips } from '../formats/hostile-archives/corpus.ts'
import { BOMBS } from '../formats/swelling-frames.ts'
import { CANARIES } from '../ground/canaries.ts'
import { EVIL_NAMES } from '../ground/evil-names.ts'
import { foreignHosts, foreignOrigins } from '../ground/foreign-senders.ts'
import { ATTACKS } from '../ground/web-attacks.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/proof.md'), 'utf8')
const count = (list: object) => Object.keys(list).length

test.each([
  `${hostileArchives({ folder: '/outside' }).length} archives`,
  `${hostileGzips().length} wrong wrappings`,
  `${BOMBS} bombs`,
  `${EVIL_NAMES.length} names`,
  // And the description of the API itself.
  `${routes.length + 1} routes`,
  `${foreignHosts(1).length} foreign hosts`,
  `${foreignOrigins(1).length} origins`,
  `${count(calls)} calls`,
  `${count(CANARIES)} kinds of secrets`,
  `${ATTACKS.length} attacks`,
])('what is said of hostile input is what is tried: %s', (said) => {
  const [, table = ''] = /\n## Hostile input\n([\s\S]*?)\n## /.exec(page) ?? []
  expect(table).toContain(said)
})
