import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const icons = join(import.meta.dirname, '../../assets/icons')
const read = (name: string): Buffer => readFileSync(join(icons, name))
/** Width and height of a PNG. */
const sizeOf = (png: Buffer): readonly number[] => {
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n')
  return [png.readUInt32BE(16), png.readUInt32BE(20)]
}

test('Linux: a picture for each size that desktops ask for', () => {
  for (const pixels of [16, 24, 32, 48, 64, 128, 256, 512])
    expect(sizeOf(read(`app/${pixels}x${pixels}.png`))).toEqual([pixels, pixels])
  expect(sizeOf(read('app.png'))).toEqual([512, 512])
})

test('Windows: the directory of the .ico names pictures that are there, one after the other', () => {
  const ico = read('app.ico')
  expect([ico.readUInt16LE(0), ico.readUInt16LE(2)]).toEqual([0, 1])
  const count = ico.readUInt16LE(4)
  let end = 6 + 16 * count
  const sizes = Array.from({ length: count }, (_, index) => {
    const at = 6 + 16 * index
    const [length, offset] = [ico.readUInt32LE(at + 8), ico.readUInt32LE(at + 12)]
    expect(offset).toBe(end)
    end = offset + length
    const pixels = ico.readUInt8(at) || 256
    expect(sizeOf(ico.subarray(offset, end))).toEqual([pixels, pixels])
    return pixels
  })
  expect(end).toBe(ico.length)
  expect(sizes).toEqual([16, 20, 24, 32, 40, 48, 64, 256])
})

test('macOS: each picture of the .icns has the size that its name stands for', () => {
  const icns = read('app.icns')
  expect(icns.toString('latin1', 0, 4)).toBe('icns')
  expect(icns.readUInt32BE(4)).toBe(icns.length)
  const found: Record<string, number> = {}
  for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4)) {
    const [width = 0, height] = sizeOf(icns.subarray(at + 8))
    expect(height).toBe(width)
    found[icns.toString('latin1', at, at + 4)] = width
  }
  expect(found).toEqual({
    ...{ icp4: 16, icp5: 32, icp6: 64, ic07: 128, ic08: 256, ic09: 512, ic10: 1_024 },
    ...{ ic11: 32, ic12: 64, ic13: 256, ic14: 512 },
  })
})

test('every number of the badge is drawn for three densities', () => {
  for (const name of ['1', '2', '3', '4', '5', '6', '7', '8', '9', 'more'])
    for (const [density, pixels] of [
      ['', 16],
      ['@1.5x', 24],
      ['@2x', 32],
    ] as const)
      expect(sizeOf(read(`badge/${name}${density}.png`))).toEqual([pixels, pixels])
})
