import { describe, expect, test } from 'vitest'
import { uriOf } from '../../main/hosts/mcp/resources.ts'
import { backupOf, layAgentGround, parted, READ, SCRIPT } from './mcp-ground.ts'

const TEMPLATE = 'everstow://backup/{id}/{+path}{?offset}'

describe('resources', () => {
  test('the data of the newest backups is listed page after page, each once, to the end', async () => {
    const client = await layAgentGround({
      ...SCRIPT,
      'data.backups': () => ({ backups: ['03', '02', '01'].map(backupOf), total: 3 }),
    }).connect()
    const seen: string[] = []
    let pages = 0
    for (let cursor: string | undefined, isFirst = true; isFirst || cursor; isFirst = false) {
      const page = await client.listResources(cursor === undefined ? {} : { cursor })
      for (const { uri, _meta } of page.resources) {
        seen.push(uri)
        expect(_meta).toEqual({ untrusted: true })
      }
      cursor = page.nextCursor
      pages++
    }
    expect(pages).toBe(6)
    expect(new Set(seen).size).toBe(450)
    expect(seen[0]).toBe('everstow://backup/03/home/ada/prices%200.json')
    expect(seen.at(-1)).toBe('everstow://backup/01/home/ada/prices%20149.json')
  })

  test('where there is no backup, nothing is listed', async () => {
    const client = await layAgentGround({
      ...SCRIPT,
      'data.backups': () => ({ backups: [], total: 0 }),
    }).connect()
    expect(await client.listResources()).toEqual({ resources: [] })
  })

  test.each([
    ['no base64 of anything', '%%%'],
    ['not ours', Buffer.from('{"page":2}').toString('base64url')],
    ['of a backup that is gone', Buffer.from('{"backup":"gone","offset":0}').toString('base64url')],
    ['before the beginning', Buffer.from('{"backup":"00backup","offset":-1}').toString('base64url')],
  ])('a page %s is refused', async (_what, cursor) => {
    const client = await layAgentGround(SCRIPT).connect()
    await expect(client.listResources({ cursor })).rejects.toMatchObject({ code: -32_602 })
  })

  test('lists that have one page have no second', async () => {
    const client = await layAgentGround(SCRIPT).connect()
    await expect(client.listTools({ cursor: 'more' })).rejects.toMatchObject({ code: -32_602 })
    await expect(client.listResourceTemplates({ cursor: 'more' })).rejects.toMatchObject({ code: -32_602 })
  })

  test('a file is read by its address, whatever its name is', async () => {
    const ground = layAgentGround(SCRIPT)
    const client = await ground.connect()
    const { resourceTemplates } = await client.listResourceTemplates()
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([TEMPLATE])
    for (const path of [
      'home/ada/a b.txt',
      'home/ünï/100%/x?y#z.json',
      'home/a/..b',
      "home/'quoted'\n.txt",
    ]) {
      const { contents } = await client.readResource({ uri: uriOf('01backup', path) })
      expect(contents).toMatchObject([{ mimeType: 'text/plain', _meta: { untrusted: true } }])
      expect(parted((contents[0] as { text: string }).text).inside).toBe('{"eur": 3}')
      expect(ground.called.at(-1)).toMatchObject({
        name: 'data.read',
        input: { backup: '01backup', path, as: 'text', offset: 0 },
      })
    }
  })

  test('a large file says where it goes on, and goes on there', async () => {
    const whole = 'abcdefghij'.repeat(20_000)
    const client = await layAgentGround({
      ...SCRIPT,
      'data.read': ({ offset = 0, length = 0 }) => ({
        ...READ,
        kind: 'text',
        text: whole.slice(offset, offset + length),
        ...(offset + length < whole.length && { nextOffset: offset + length }),
      }),
    }).connect()
    let read = ''
    for (let uri: string | undefined = uriOf('latest', READ.path); uri !== undefined; ) {
      const { contents } = await client.readResource({ uri })
      const [{ text, _meta }] = contents as unknown as [{ text: string; _meta: { next?: string } }]
      read += parted(text).inside
      uri = _meta.next
    }
    expect(read === whole).toBe(true)
  })

  test.each([
    'everstow://backup/01backup',
    'everstow://backup//home/a',
    'everstow://backup/01backup/%zz',
    'everstow://backup/01backup/a?offset=-1',
    'everstow://place/disk/a',
    'file:///etc/passwd',
    'not an address',
  ])('%s leads nowhere', async (uri) => {
    const ground = layAgentGround(SCRIPT)
    const client = await ground.connect()
    await expect(client.readResource({ uri })).rejects.toMatchObject({ code: -32_002 })
    expect(ground.called).toEqual([])
  })

  test('ids and paths are completed', async () => {
    const client = await layAgentGround(SCRIPT).connect()
    const ref = { type: 'ref/resource' as const, uri: TEMPLATE }
    const complete = async (name: string, value: string, id?: string) =>
      (
        await client.complete({
          ref,
          argument: { name, value },
          ...(id !== undefined && { context: { arguments: { id } } }),
        })
      ).completion.values
    expect(await complete('id', '')).toEqual([
      'latest',
      ...Array.from({ length: 7 }, (_, at) => `0${at}backup`),
    ])
    expect(await complete('id', '03')).toEqual(['03backup'])
    expect(await complete('path', 'home/ada/p', '01backup')).toEqual([READ.path])
    expect(await complete('path', 'home/ada/')).toEqual([READ.path, 'home/ada/a.txt'])
    expect(await complete('offset', '1')).toEqual([])
    await expect(
      client.complete({
        ref: { type: 'ref/resource', uri: 'file:///{path}' },
        argument: { name: 'path', value: '' },
      }),
    ).rejects.toMatchObject({ code: -32_602 })
  })
})
