// What kind of machine a binary is for, and which pictures lie in the containers of icons.

const ELF_MACHINES = { 62: 'x64', 183: 'arm64' }
const MACH_PROCESSORS = { 16777223: 'x64', 16777228: 'arm64' }
const PE_MACHINES = { 34404: 'x64', 43620: 'arm64' }

/** `linux-x64`, `darwin-arm64` and the like, from a binary's own head; undefined: none of these. */
export function targetOfBinary(content) {
  if (content.subarray(0, 4).toString('latin1') === '\x7fELF')
    return `linux-${ELF_MACHINES[content.readUInt16LE(18)]}`
  if (content.readUInt32LE(0) === 0xfeedfacf) return `darwin-${MACH_PROCESSORS[content.readUInt32LE(4)]}`
  if (content.subarray(0, 2).toString('latin1') !== 'MZ') return undefined
  return `win32-${PE_MACHINES[content.readUInt16LE(content.readUInt32LE(0x3c) + 4)]}`
}

/** Pixels of the pictures in an .ico, as its directory has them. */
export function icoSizes(content) {
  return Array.from({ length: content.readUInt16LE(4) }, (_, index) => content[6 + 16 * index] || 256)
}

/** Pixels of the pictures in an .icns, as the PNGs themselves say. */
export function icnsSizes(content) {
  const sizes = []
  for (let at = 8; at < content.length; at += content.readUInt32BE(at + 4))
    if (content.subarray(at + 9, at + 12).toString('latin1') === 'PNG')
      sizes.push(pngSize(content.subarray(at + 8)))
  return [...new Set(sizes)].sort((a, b) => a - b)
}

/** Pixels of a square PNG. */
export function pngSize(content) {
  const [width, height] = [content.readUInt32BE(16), content.readUInt32BE(20)]
  if (width !== height) throw new Error(`an icon of ${width} by ${height} pixels is no square`)
  return width
}
