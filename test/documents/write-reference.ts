import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describedApi, descriptionPage, descriptionText } from './api-reference.ts'

const root = resolve(import.meta.dirname, '../..')

const description = describedApi()
mkdirSync(join(root, 'docs', 'api'), { recursive: true })
writeFileSync(join(root, 'docs', 'api', 'openapi.json'), descriptionText(description))
writeFileSync(join(root, 'docs', 'api', 'README.md'), descriptionPage(description))

const typedoc = join(root, 'node_modules', 'typedoc', 'bin', 'typedoc')
const { status } = spawnSync(
  process.execPath,
  [typedoc, '--options', join(import.meta.dirname, 'typedoc.json')],
  {
    cwd: root,
    stdio: 'inherit',
  },
)
process.exitCode = status ?? 1
