import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** An attribute to set: path, name and value as text (of bytes: Latin-1) or bytes. */
export type XattrToSet = readonly [path: string | Buffer, name: string | Buffer, value: string | Buffer]

/** What a tree has: `path name` → value, bytes as Latin-1; '.' is the top itself. Two that are equal hold the same attributes. */
export type XattrsOfTree = Record<string, string>

const SET = `
import base64, json, os, sys
for item in json.load(sys.stdin):
    path, name, value = map(base64.b64decode, item)
    os.setxattr(path, name, value, follow_symlinks=False)
`

const LIST = `
import json, os, sys
top = os.fsencode(sys.argv[1])
found = {}
def look(path):
    for name in os.listxattr(path, follow_symlinks=False):
        name = os.fsencode(name)
        value = os.getxattr(path, name, follow_symlinks=False)
        found[(os.path.relpath(path, top) + b' ' + name).decode('latin1')] = value.decode('latin1')
look(top)
for folder, folders, files in os.walk(top):
    for name in folders + files:
        look(os.path.join(folder, name))
print(json.dumps(found, sort_keys=True))
`

/** Sets attributes with Python's own calls, of links themselves. */
export function setXattrs(items: readonly XattrToSet[]): void {
  const input = JSON.stringify(
    items.map((item) => item.map((bytes) => Buffer.from(bytes).toString('base64'))),
  )
  execFileSync('python3', ['-c', SET], { input, stdio: ['pipe', 'ignore', 'pipe'] })
}

/** All attributes below a folder, as Python's own calls tell them. */
export function xattrsOfTree(top: string): XattrsOfTree {
  const told = execFileSync('python3', ['-c', LIST, top], { maxBuffer: 1 << 28 })
  return JSON.parse(told.toString()) as XattrsOfTree
}

/** Why this machine cannot run such tests; undefined when it can. `namespace`: `user.`, or one that needs rights. */
export function whyNoXattrs(namespace: 'user.' | 'trusted.'): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux and its attributes'
  const folder = mkdtempSync(join(tmpdir(), 'everstow-xattrs-'))
  try {
    writeFileSync(join(folder, 'file'), '')
    setXattrs([[join(folder, 'file'), `${namespace}probe`, 'x']])
    return undefined
  } catch {
    return `no python3 here, or no ${namespace}* attributes for us in the folder of temporary files`
  } finally {
    rmSync(folder, { recursive: true })
  }
}
