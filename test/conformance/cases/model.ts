import fc from 'fast-check'
import { expect, it } from 'vitest'
import { hasCode } from '../../../main/engine/model/errors.ts'
import { compareKeys } from '../../../main/engine/storage/keys.ts'
import type { ObjectStore } from '../../../main/engine/storage/object-store.ts'
import { type Bench, bodyOf, bytesOf, contentOf, listAll, SEED } from '../under-test.ts'

type Operation =
  | {
      readonly kind: 'put' | 'putIfAbsent'
      readonly name: string
      readonly sizeBytes: number
      readonly label: number
    }
  | { readonly kind: 'get' | 'head' | 'delete'; readonly name: string }
  | { readonly kind: 'range'; readonly name: string; readonly start: number; readonly length: number }
  | { readonly kind: 'list'; readonly prefix: string; readonly limit: number }

const name = fc.constantFrom('a', 'a.b', 'ab', 'd/e', 'd/f', 'd-', 'é', '\u{1f642}', 'x y')
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('put' as const, 'putIfAbsent' as const),
      name,
      sizeBytes: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(65_536, 70_001)),
      label: fc.nat(1000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('get' as const, 'head' as const, 'delete' as const), name }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('range' as const),
      name,
      start: fc.nat(80_000),
      length: fc.integer({ min: 1, max: 500 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('list' as const),
      prefix: fc.constantFrom('', 'a', 'd/', 'd'),
      limit: fc.integer({ min: 1, max: 4 }),
    }),
  },
)

/** Random histories of one caller: a map of bytes must predict every answer. */
export function modelCases(bench: Bench, histories: number): void {
  it(`answers as a map would, ${histories} histories (SEED=${SEED})`, async () => {
    const property = fc.asyncProperty(
      fc.array(operation, { minLength: 1, maxLength: 25 }),
      async (operations) => {
        const folder = bench.folder()
        const model = new Map<string, Buffer>()
        for (const each of operations) await step(bench.store(), folder, model, each)
        expect(await listed(bench.store(), folder, '')).toEqual(expectedList(model, ''))
      },
    )
    await fc.assert(property, { numRuns: histories, seed: Number(SEED) })
  })
}

async function step(
  store: ObjectStore,
  folder: string,
  model: Map<string, Buffer>,
  operation: Operation,
): Promise<void> {
  if (operation.kind === 'list') {
    const { prefix, limit } = operation
    expect(await listed(store, folder, prefix, limit)).toEqual(expectedList(model, prefix))
    return
  }
  const key = `${folder}/${operation.name}`
  const known = model.get(operation.name)
  switch (operation.kind) {
    case 'put':
    case 'putIfAbsent': {
      const bytes = bytesOf(operation.sizeBytes, operation.label)
      if (operation.kind === 'put')
        expect((await store.put(key, bodyOf(bytes))).sizeBytes).toBe(bytes.byteLength)
      // After a lost answer identical bytes count as ours, whoever wrote them: both answers leave the same object.
      else if (known?.equals(bytes))
        expect(['exists', 'created']).toContain(await store.putIfAbsent(key, bytes))
      else expect(await store.putIfAbsent(key, bytes)).toBe(known ? 'exists' : 'created')
      if (operation.kind === 'put' || !known) model.set(operation.name, bytes)
      return
    }
    case 'get':
      expect((await contentOrMissing(store, key))?.toString('hex')).toBe(known?.toString('hex'))
      return
    case 'range': {
      const { start, length } = operation
      if (!known || start >= known.byteLength) return
      const range = { start, end: start + length }
      expect((await contentOf(store, key, { range })).equals(known.subarray(start, start + length))).toBe(
        true,
      )
      return
    }
    case 'head':
      expect(await store.exists(key)).toBe(known !== undefined)
      if (known) expect((await store.head(key)).sizeBytes).toBe(known.byteLength)
      return
    case 'delete':
      await store.delete(key)
      model.delete(operation.name)
  }
}

async function contentOrMissing(store: ObjectStore, key: string): Promise<Buffer | undefined> {
  try {
    return await contentOf(store, key)
  } catch (error) {
    if (hasCode(error, 'object-missing')) return undefined
    throw error
  }
}

async function listed(
  store: ObjectStore,
  folder: string,
  prefix: string,
  limit?: number,
): Promise<[string, number][]> {
  const objects = await listAll(store, `${folder}/${prefix}`, limit)
  return objects.map(({ key, sizeBytes }) => [key.slice(folder.length + 1), sizeBytes])
}

function expectedList(model: Map<string, Buffer>, prefix: string): [string, number][] {
  const names = [...model.keys()].filter((each) => each.startsWith(prefix)).sort(compareKeys)
  return names.map((each) => [each, model.get(each)?.byteLength ?? 0])
}
