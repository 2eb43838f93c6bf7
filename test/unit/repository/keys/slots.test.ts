import { describe, expect, test, vi } from 'vitest'
import { Secret } from '../../../../main/engine/env/secrets.ts'
import { createRecoveryWords } from '../../../../main/engine/repository/keys/recovery-kit.ts'
import { encodeSlotFile, parseSlotFile } from '../../../../main/engine/repository/keys/slot-file.ts'
import { DEFAULT_COST, deriveSlotKeys } from '../../../../main/engine/repository/keys/slot-kdf.ts'
import {
  createSlot,
  describeSlot,
  openDerived,
  openSlot,
} from '../../../../main/engine/repository/keys/slots.ts'
import { codeOf, failure, LOW_COST, NOW, slotGround, textOf } from './ground.ts'

// Other tests take less (test/ground/cheap-keys.ts).
vi.unmock('../../../../main/engine/repository/keys/slot-kdf.ts')

const password = new Secret('crème brûlée'.normalize('NFD'))

describe('a slot', () => {
  test('gives back the keys of all epochs to its password, composed or decomposed, and says what it is', async () => {
    const { repoId, master, slot } = slotGround('round trip')
    const { slotId, bytes } = await slot('password', password, 'Anna’s “laptop”, \\ \n and all')
    expect(slotId).toMatch(/^[0-9a-f]{16}$/)
    expect(await openSlot(bytes, slotId, repoId, password)).toEqual(master)
    const composed = new Secret('crème brûlée'.normalize('NFC'))
    expect(await openSlot(bytes, slotId, repoId, composed)).toEqual(master)
    expect(describeSlot(bytes)).toEqual({
      kind: 'password',
      label: 'Anna’s “laptop”, \\ \n and all',
      created: new Date(NOW).toISOString(),
      cost: LOW_COST,
    })
  })

  test('opens with the words of a kit and refuses those of another', async () => {
    const { repoId, master, slot, random } = slotGround('words')
    const words = createRecoveryWords(random)
    const { slotId, bytes } = await slot('recovery', words)
    expect(await openSlot(bytes, slotId, repoId, new Secret(words.reveal().toUpperCase()))).toEqual(master)
    const other = await failure(() => openSlot(bytes, slotId, repoId, createRecoveryWords(random)))
    expect([other.code, other.data.reason]).toEqual(['recovery-words-wrong', 'other-kit'])
    expect(await codeOf(() => openSlot(bytes, slotId, repoId, password))).toBe('recovery-words-wrong')
  })

  test('tells a wrong password from damage', async () => {
    const { repoId, slot } = slotGround('wrong')
    const { slotId, bytes } = await slot('password', password)
    expect(await codeOf(() => openSlot(bytes, slotId, repoId, new Secret('creme brulee')))).toBe(
      'passphrase-wrong',
    )
  })

  test('does not open under another id or for another repository', async () => {
    const { repoId, slot, random } = slotGround('moved')
    const { slotId, bytes } = await slot('password', password)
    expect(await codeOf(() => openSlot(bytes, '0123456789abcdef', repoId, password))).toBe('slot-damaged')
    expect(await codeOf(() => openSlot(bytes, slotId, random.bytes(16), password))).toBe('slot-damaged')
  })

  test('carries nothing of its secrets in the open, and two slots of one password share nothing', async () => {
    const { master, slot } = slotGround('open text')
    const first = await slot('password', password)
    const second = await slot('password', password)
    for (const { key } of master.epochs) {
      expect(textOf(first.bytes)).not.toContain(Buffer.from(key).toString('hex'))
    }
    const [a, b] = [parseSlotFile(first.bytes), parseSlotFile(second.bytes)]
    expect(first.slotId).not.toBe(second.slotId)
    expect(a.salt).not.toEqual(b.salt)
    expect(a.commit).not.toEqual(b.commit)
    expect(a.sealed).not.toEqual(b.sealed)
  })

  test('costs what the format says unless told otherwise', async () => {
    const { repoId, master, random } = slotGround('cost')
    const made = { repoId, kind: 'password', label: '', secret: password, master, random, now: NOW } as const
    const { slotId, bytes } = await createSlot(made)
    expect(describeSlot(bytes).cost).toEqual(DEFAULT_COST)
    expect(DEFAULT_COST).toEqual({ n: 131072, r: 8, p: 1 })
    expect(await openSlot(bytes, slotId, repoId, password)).toEqual(master)
  })

  test('is not made of an empty password, a label too long or a cost too low', async () => {
    const { repoId, master, random, slot } = slotGround('refused')
    expect((await failure(() => slot('password', new Secret('')))).data.field).toBe('passphrase')
    expect((await failure(() => slot('password', password, 'x'.repeat(201)))).data.field).toBe('label')
    const cheap = { n: 2 ** 14, r: 8, p: 1 }
    const made = { repoId, kind: 'password', label: '', secret: password, master, random, now: NOW } as const
    expect(await codeOf(() => createSlot({ ...made, cost: cheap }))).toBe('kdf-refused')
  })
})

describe('costs', () => {
  test('outside the bounds are refused before any work is done', async () => {
    const { repoId, slot } = slotGround('costs')
    const { slotId, bytes } = await slot('password', password)
    const sound = parseSlotFile(bytes)
    const absurd = [
      { n: 2 ** 14 },
      { n: 2 ** 21 },
      { n: 2 ** 52 },
      { n: 100_000 },
      { n: 0 },
      { n: -32768 },
      { r: 1 },
      { r: 16 },
      { p: 0 },
      { p: 5 },
      { p: 2 ** 40 },
    ]
    const started = process.cpuUsage()
    for (const change of absurd) {
      const tampered = encodeSlotFile({ ...sound, cost: { ...sound.cost, ...change } })
      expect(await codeOf(() => openSlot(tampered, slotId, repoId, password)), JSON.stringify(change)).toBe(
        'kdf-refused',
      )
    }
    // No key was derived for any of them.
    expect(process.cpuUsage(started).user).toBeLessThan(1_000_000)
  })

  test('that are no whole numbers make the slot a damaged one', async () => {
    const { slot } = slotGround('fractions')
    const text = textOf((await slot('password', password)).bytes)
    for (const n of ['32768.5', '1e400', '"32768"', 'null', '[32768]']) {
      expect(await codeOf(() => describeSlot(Buffer.from(text.replace('"n":32768', `"n":${n}`))))).toBe(
        'slot-damaged',
      )
    }
  })

  test('leave the event loop free while scrypt works', async () => {
    let turns = 0
    const ticking = setInterval(() => turns++, 1)
    try {
      await deriveSlotKeys(Buffer.from('x'), new Uint8Array(32), DEFAULT_COST)
    } finally {
      clearInterval(ticking)
    }
    expect(turns).toBeGreaterThan(10)
  })
})

describe('tampering with a slot', () => {
  // Whether it opens depends on the secret only through these keys; deriving them once lets every bit of the file be tried.
  async function ground(kind: 'password' | 'recovery') {
    const { repoId, slot, random } = slotGround(`tampering ${kind}`)
    const secret = kind === 'password' ? password : createRecoveryWords(random)
    const { slotId, bytes } = await slot(kind, secret)
    const { cost, salt } = parseSlotFile(bytes)
    const input = Buffer.from(password.reveal().normalize('NFC'))
    const keys = await deriveSlotKeys(input, salt, cost)
    return { repoId, slotId, bytes, secret, keys }
  }

  const DECLARED = [
    'passphrase-wrong',
    'recovery-words-wrong',
    'slot-damaged',
    'kdf-refused',
    'repository-newer',
  ]

  test('every bit flipped is found out', async () => {
    const { repoId, slotId, bytes, keys } = await ground('password')
    const salt = Buffer.from(parseSlotFile(bytes).salt)
    const found = new Map<string, number>()
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Buffer.from(bytes)
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit)
        const code = await codeOf(() => {
          const slot = parseSlotFile(flipped)
          // Another salt or cost makes other keys, which the commitment does not fit; the test below derives some of them.
          const same = salt.equals(slot.salt) && JSON.stringify(slot.cost) === JSON.stringify(LOW_COST)
          const derived = same ? keys : { kek: new Uint8Array(32), commit: new Uint8Array(32) }
          return openDerived(slot, slotId, repoId, derived)
        })
        expect(DECLARED, `byte ${at} bit ${bit}`).toContain(code)
        found.set(code, (found.get(code) ?? 0) + 1)
      }
    }
    expect([...found.values()].reduce((sum, count) => sum + count)).toBe(bytes.length * 8)
    expect(found.get('slot-damaged')).toBeGreaterThan(2000)
    expect(found.get('passphrase-wrong')).toBeGreaterThan(200)
    expect(found.get('kdf-refused')).toBeGreaterThan(10)
  })

  test('a changed salt, kind, label, date, commitment or seal never opens, with everything derived anew', async () => {
    const { repoId, slotId, bytes } = await ground('password')
    const sound = parseSlotFile(bytes)
    const flip = (field: Uint8Array) => Buffer.from(field).fill((field[7] ?? 0) ^ 4, 7, 8)
    const changes = [
      [{ salt: flip(sound.salt) }, 'passphrase-wrong'],
      [{ commit: flip(sound.commit) }, 'passphrase-wrong'],
      [{ sealed: flip(sound.sealed) }, 'slot-damaged'],
      [{ sealed: sound.sealed.subarray(0, 16) }, 'slot-damaged'],
      [{ sealed: sound.sealed.subarray(0, 3) }, 'slot-damaged'],
      [{ label: 'another' }, 'slot-damaged'],
      [{ created: '2020-01-01T00:00:00.000Z' }, 'slot-damaged'],
      [{ kind: 'recovery' }, 'recovery-words-wrong'],
      [{ cost: { n: 2 ** 15, r: 8, p: 2 } }, 'passphrase-wrong'],
    ] as const
    for (const [change, code] of changes) {
      const tampered = encodeSlotFile({ ...sound, ...change })
      expect(await codeOf(() => openSlot(tampered, slotId, repoId, password)), JSON.stringify(change)).toBe(
        code,
      )
    }
  })

  test('every truncation and every byte appended is a damaged slot', async () => {
    const { repoId, slotId, bytes, secret } = await ground('recovery')
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length)
      expect(await codeOf(() => openSlot(cut, slotId, repoId, secret)), `${length}`).toBe('slot-damaged')
    }
    for (const tail of ['\n', ' ', '}', '\0', '{}']) {
      const longer = Buffer.concat([bytes, Buffer.from(tail)])
      expect(await codeOf(() => openSlot(longer, slotId, repoId, secret))).toBe('slot-damaged')
    }
  })

  test('other ways to write the same, unknown fields and 10 MB are damaged slots', async () => {
    const { bytes } = await ground('password')
    const text = textOf(bytes)
    const others = [
      `\ufeff${text}`,
      text.replace(',', ', '),
      text.replace('"kind":"password"', '"kind":"password","kind":"password"'),
      text.replace('"version":1,', '"version":1,"__proto__":{"kind":"recovery"},'),
      text.replace('"version":1,', '"version":1,"more":true,'),
      text.replace('"laptop"', '"lapto\\u0070"'),
      text.replace('"version":1', '"version":1.0'),
      text.replace(/[0-9a-f]{64}/, (hex) => hex.toUpperCase()),
      text.replace('"laptop"', JSON.stringify('x'.repeat(10_000_000))),
      text.replace('"laptop"', JSON.stringify('x'.repeat(201))),
      '[]',
      'null',
      '{}',
      '{"version":0}',
    ]
    for (const other of others) {
      expect(await codeOf(() => describeSlot(Buffer.from(other))), other.slice(0, 80)).toBe('slot-damaged')
    }
    expect(await codeOf(() => describeSlot(Buffer.from([0xff, ...bytes])))).toBe('slot-damaged')
    expect(await codeOf(() => describeSlot(Buffer.from(text.replace('"version":1', '"version":2'))))).toBe(
      'repository-newer',
    )
  })
})
