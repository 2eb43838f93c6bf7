import { spawnSync } from 'node:child_process'
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setXattrs, whyNoXattrs, type XattrsOfTree, xattrsOfTree } from '../ground/real-xattrs.ts'
import { type CliWorld, makeCliWorld, SLOW } from './cli-run.ts'

const COMMAND = resolve(import.meta.dirname, '../../bin/everstow.mjs')
/** Somebody without rights, where we have them all. */
const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']

const whyNot = whyNoXattrs('user.')
const isPrivileged = whyNoXattrs('trusted.') === undefined

describe.skipIf(whyNot)(
  `extended attributes from the command line${whyNot ? `: ${whyNot}` : ''}`,
  SLOW,
  () => {
    let world: CliWorld
    /** What was there at each backup, and the backups' ids. */
    const seen: { readonly id: string; readonly attributes: XattrsOfTree }[] = []

    async function backUp(): Promise<void> {
      const said = await world.run('backup', world.path('docs'), '--format', 'snapshot', '--json')
      expect(said).toMatchObject({ status: 0 })
      seen.push({ id: String(said.json().backup_id), attributes: xattrsOfTree(world.path('docs')) })
    }

    beforeAll(async () => {
      world = await makeCliWorld()
      await mkdir(world.path('docs', 'deep'), { recursive: true })
      for (const name of ['letter', 'read only', 'deep/new\nline'])
        await writeFile(world.path('docs', name), name)
      await symlink('letter', world.path('docs', 'link'))
      setXattrs([
        [world.path('docs'), 'user.top', 'of the folder itself'],
        [world.path('docs', 'letter'), 'user.binary', Buffer.from([0, 255, 10])],
        [world.path('docs', 'letter'), 'user.empty', ''],
        [world.path('docs', 'read only'), 'user.large', Buffer.alloc(3900, 0xfe)],
        [world.path('docs', 'deep/new\nline'), Buffer.from('user.\xff=\n', 'latin1'), 'odd'],
      ])
      if (isPrivileged) {
        setXattrs([[world.path('docs', 'link'), 'trusted.link', 'x']])
        spawnSync('setcap', ['cap_net_raw+ep', world.path('docs', 'deep/new\nline')])
      }
      await chmod(world.path('docs', 'read only'), 0o444)
      await world.run('place', 'add', 'nas', '--type', 'local', '--path', 'nas')
    })
    afterAll(() => world.remove())

    test('come back as they were at each backup, also when nothing else had changed', async () => {
      await backUp()
      setXattrs([[world.path('docs', 'letter'), 'user.later', 'new']])
      await backUp()
      expect(seen[1]?.attributes).not.toEqual(seen[0]?.attributes)
      for (const [number, { id, attributes }] of seen.entries()) {
        const said = await world.run('restore', id, '--into', world.path(`out-${number}`), '--json')
        expect(said).toMatchObject({ status: 0, err: '' })
        expect(xattrsOfTree(world.path(`out-${number}`, 'docs'))).toEqual(attributes)
      }
    })

    test.runIf(isPrivileged)('without rights: all but those that need them, and no complaint', async () => {
      spawnSync('chown', ['-R', '65534:65534', world.home, world.path('nas')])
      spawnSync('chmod', ['0777', world.folder])
      const [setpriv = '', ...options] = NOBODY
      const { home } = world
      const said = spawnSync(
        setpriv,
        [
          ...options,
          process.execPath,
          COMMAND,
          'restore',
          seen[1]?.id ?? '',
          '--into',
          world.path('theirs'),
          '--json',
        ],
        {
          cwd: world.folder,
          env: { PATH: process.env.PATH, HOME: world.folder, EVERSTOW_HOME: home, EVERSTOW_KEYCHAIN: 'off' },
        },
      )
      expect(`${said.stderr}`).toBe('')
      expect(JSON.parse(`${said.stdout}`)).toMatchObject({ failed: [], refused: [] })
      const open = Object.entries(seen[1]?.attributes ?? {}).filter(
        ([key]) => !/ (trusted|security)\./.test(key),
      )
      expect(xattrsOfTree(world.path('theirs', 'docs'))).toEqual(Object.fromEntries(open))
    })
  },
)
