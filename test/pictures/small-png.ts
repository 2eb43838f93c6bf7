import { crc32, deflateSync, inflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const BYTES_PER_PIXEL = 3
const COLOURS = 256
/** Two colours that are no farther from each other than this look the same. */
const SEEN = 20

/**
 * A screenshot with at most 256 colours, at about a third of its bytes. A page has few colours; those of the edges of letters, of which there are thousands, fall
 * together with their neighbours, which nobody sees.
 */
export function smallPng(png: Buffer): Buffer {
  const { width, height, pixels } = read(png)
  const colourAt = (pixel: number): number => pixels.readUIntBE(pixel * BYTES_PER_PIXEL, BYTES_PER_PIXEL)
  const uses = new Map<number, number>()
  for (let pixel = 0; pixel < width * height; pixel++)
    uses.set(colourAt(pixel), (uses.get(colourAt(pixel)) ?? 0) + 1)
  const palette = paletteOf([...uses].sort((one, other) => other[1] - one[1]).map(([colour]) => colour))
  const places = new Map(palette.map((colour, place) => [colour, place]))
  const rows = Buffer.alloc((width + 1) * height)
  for (let pixel = 0; pixel < width * height; pixel++) {
    const colour = colourAt(pixel)
    const place = places.get(colour) ?? nearest(palette, colour)
    places.set(colour, place)
    rows[pixel + Math.floor(pixel / width) + 1] = place
  }
  return write(width, height, palette, rows)
}

/** The most used colours, but none that another one stands for: small things have colours of their own, too. */
function paletteOf(mostUsedFirst: readonly number[]): number[] {
  const palette: number[] = []
  for (const colour of mostUsedFirst) {
    if (palette.length === COLOURS) break
    if (palette.every((other) => distance(other, colour) > SEEN)) palette.push(colour)
  }
  return palette
}

function nearest(palette: readonly number[], colour: number): number {
  let best = 0
  for (let place = 1; place < palette.length; place++)
    if (distance(palette[place] ?? 0, colour) < distance(palette[best] ?? 0, colour)) best = place
  return best
}

/** The square of how far two colours are from each other. */
function distance(one: number, other: number): number {
  const red = (one >> 16) - (other >> 16)
  const green = ((one >> 8) & 255) - ((other >> 8) & 255)
  const blue = (one & 255) - (other & 255)
  return red * red + green * green + blue * blue
}

/** The pixels of what Chromium writes: eight bits each of red, green and blue, not interlaced. */
function read(png: Buffer): { width: number; height: number; pixels: Buffer } {
  const data: Buffer[] = []
  for (let at = SIGNATURE.length; at < png.length; at += 12 + png.readUInt32BE(at))
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      data.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)))
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
  if (png.toString('hex', 24, 29) !== '0802000000') throw new Error('this is not what Chromium writes')
  return {
    width,
    height,
    pixels: unfiltered(inflateSync(Buffer.concat(data)), width * BYTES_PER_PIXEL, height),
  }
}

function unfiltered(filtered: Buffer, rowBytes: number, height: number): Buffer {
  const pixels = Buffer.alloc(rowBytes * height)
  for (let row = 0; row < height; row++) {
    const filter = filtered[row * (rowBytes + 1)] ?? 0
    for (let at = 0; at < rowBytes; at++) {
      const here = row * rowBytes + at
      const hasLeft = at >= BYTES_PER_PIXEL
      const left = hasLeft ? (pixels[here - BYTES_PER_PIXEL] ?? 0) : 0
      const up = row > 0 ? (pixels[here - rowBytes] ?? 0) : 0
      const corner = hasLeft && row > 0 ? (pixels[here - rowBytes - BYTES_PER_PIXEL] ?? 0) : 0
      pixels[here] = (filtered[here + row + 1] ?? 0) + foretold(filter, left, up, corner)
    }
  }
  return pixels
}

/** What a filter of the format expects of a byte. */
function foretold(filter: number, left: number, up: number, corner: number): number {
  if (filter === 1) return left
  if (filter === 2) return up
  if (filter === 3) return (left + up) >> 1
  if (filter !== 4) return 0
  const [toLeft, toUp] = [Math.abs(up - corner), Math.abs(left - corner)]
  const toCorner = Math.abs(left + up - 2 * corner)
  if (toLeft <= toUp && toLeft <= toCorner) return left
  return toUp <= toCorner ? up : corner
}

function write(width: number, height: number, palette: readonly number[], rows: Buffer): Buffer {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 3, 0, 0, 0])
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  const colours = Buffer.alloc(palette.length * BYTES_PER_PIXEL)
  for (const [place, colour] of palette.entries())
    colours.writeUIntBE(colour, place * BYTES_PER_PIXEL, BYTES_PER_PIXEL)
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', colours),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(kind: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(kind, 'latin1'), content])
  const framed = Buffer.alloc(named.length + 8)
  framed.writeUInt32BE(content.length, 0)
  named.copy(framed, 4)
  framed.writeUInt32BE(crc32(named), named.length + 4)
  return framed
}
