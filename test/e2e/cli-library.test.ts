import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EverstowError, openEverstow } from '../../main/hosts/library/index.ts'

test('a program backs up, hears of it, restores, and closes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'everstow-library-'))
  const everstow = await openEverstow({ home: join(folder, 'home'), keychain: 'off' })
  try {
    await mkdir(join(folder, 'docs'))
    await writeFile(join(folder, 'docs', 'a.txt'), 'a')
    const heard: string[] = []
    const stop = everstow.onEvent('notice', ({ level }) => heard.push(level))
    const { runId } = await everstow.call('backup.start', {
      paths: [join(folder, 'docs')],
      format: 'archive',
    })
    const { state, backup } = await everstow.call('run.wait', { id: runId })
    expect(state).toBe('done')
    expect(backup?.files).toBe(1)
    expect(heard).toEqual(['success'])
    stop()

    const restore = await everstow.call('restore.start', { backupId: 'latest', into: join(folder, 'back') })
    expect((await everstow.call('run.wait', { id: restore.runId })).restore?.restored).toBe(1)
    expect(await readFile(join(folder, 'back', 'docs', 'a.txt'), 'utf8')).toBe('a')

    const unknown = everstow.call('backup.get', { id: 'nope' })
    await expect(unknown).rejects.toThrow(EverstowError)
    await expect(unknown).rejects.toMatchObject({ code: 'unknown-backup', retry: 'never' })
  } finally {
    await everstow.close()
    await rm(folder, { recursive: true, force: true })
  }
})
