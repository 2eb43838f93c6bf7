import { describe, expect, test } from 'vitest'
import { createFakeRandom } from '../../../../main/engine/env/fake/fake-random.ts'
import { createMemorySecrets } from '../../../../main/engine/env/fake/memory-secrets.ts'
import { Secret } from '../../../../main/engine/env/secrets.ts'
import {
  createMasterKeys,
  loadMaster,
  loadPassphrase,
  rotate,
  saveMaster,
  savePassphrase,
} from '../../../../main/engine/repository/keys/key-ring.ts'
import { codeOf, failure } from './ground.ts'

const REPOSITORY = '00112233445566778899aabbccddeeff'
const OTHER = 'ffeeddccbbaa99887766554433221100'
const MASTER = `repository/${REPOSITORY}/master`

function keys(seed: string) {
  const random = createFakeRandom(seed)
  const first = createMasterKeys(random)
  const second = rotate(first, random)
  return { first, second, random }
}

describe('the key ring', () => {
  test('keeps the master keys of each repository apart', async () => {
    const secrets = createMemorySecrets()
    const { first, second } = keys('apart')
    await saveMaster(secrets, REPOSITORY, second)
    await saveMaster(secrets, OTHER, first)
    expect(await loadMaster(secrets, REPOSITORY)).toEqual(second)
    expect(await loadMaster(secrets, OTHER)).toEqual(first)
    expect(await loadMaster(secrets, '0'.repeat(32))).toBeUndefined()
  })

  test('keeps them in the form that was agreed on', async () => {
    const secrets = createMemorySecrets()
    const { first } = keys('form')
    await saveMaster(secrets, REPOSITORY, first)
    const hex = Buffer.from(first.epochs[0]?.key ?? []).toString('hex')
    expect((await secrets.get(MASTER))?.reveal()).toBe(`{"epochs":[{"epoch":1,"key":"${hex}"}]}`)
  })

  test('never loses an epoch and never takes another key for one', async () => {
    const secrets = createMemorySecrets()
    const { first, second, random } = keys('grow')
    expect(await saveMaster(secrets, REPOSITORY, first)).toEqual(first)
    expect(await saveMaster(secrets, REPOSITORY, second)).toEqual(second)
    expect(await saveMaster(secrets, REPOSITORY, first)).toEqual(second)
    expect(await loadMaster(secrets, REPOSITORY)).toEqual(second)
    const foreign = rotate(rotate(createMasterKeys(random), random), random)
    expect(await codeOf(() => saveMaster(secrets, REPOSITORY, foreign))).toBe('repository-differs')
    const forked = rotate(first, random)
    expect(await codeOf(() => saveMaster(secrets, REPOSITORY, forked))).toBe('repository-differs')
    expect(await loadMaster(secrets, REPOSITORY)).toEqual(second)
  })

  test('says that a key is gone where what is kept cannot be read, and shows none of it', async () => {
    const key = 'ab'.repeat(32)
    const unreadable = [
      '',
      'not json',
      '{}',
      '{"epochs":[]}',
      `{"epochs":[{"epoch":2,"key":"${key}"}]}`,
      `{"epochs":[{"epoch":1,"key":"${key}"},{"epoch":3,"key":"${key}"}]}`,
      `{"epochs":[{"epoch":1,"key":"${key}ab"}]}`,
      `{"epochs":[{"epoch":1,"key":"${key}"}`,
    ]
    for (const kept of unreadable) {
      const secrets = createMemorySecrets({ [MASTER]: kept })
      const error = await failure(() => loadMaster(secrets, REPOSITORY))
      expect([error.code, error.cause], kept).toEqual(['key-missing', undefined])
      expect(error.message).not.toContain('abab')
      // What cannot be read is not written over either: a person may still rescue it.
      expect(await codeOf(() => saveMaster(secrets, REPOSITORY, keys('over').first))).toBe('key-missing')
    }
  })

  test('keeps the passphrases of repositories apart', async () => {
    const secrets = createMemorySecrets()
    for (const repository of [REPOSITORY, OTHER])
      await savePassphrase(secrets, repository, new Secret(`of ${repository}`))
    expect((await loadPassphrase(secrets, REPOSITORY))?.reveal()).toBe(`of ${REPOSITORY}`)
    expect((await loadPassphrase(secrets, OTHER))?.reveal()).toBe(`of ${OTHER}`)
  })
})

test('a rotation adds the next epoch and leaves the others', () => {
  const { first, second, random } = keys('rotation')
  const third = rotate(second, random)
  expect(third.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3])
  expect(third.epochs.slice(0, 1)).toEqual(first.epochs)
  expect(new Set(third.epochs.map(({ key }) => Buffer.from(key).toString('hex'))).size).toBe(3)
  for (const { key } of third.epochs) expect(key).toHaveLength(32)
})
