// Containers of icons: the .ico of Windows and the .icns of macOS, both around PNG pictures.

/** Windows: a directory of 16 bytes a picture, then the pictures. `pictures`: pixels and PNG of each, the smallest first. */
export function icoFile(pictures) {
  const directory = Buffer.alloc(6 + 16 * pictures.length)
  directory.writeUInt16LE(1, 2)
  directory.writeUInt16LE(pictures.length, 4)
  let offset = directory.length
  for (const [index, [pixels, png]] of pictures.entries()) {
    const at = 6 + 16 * index
    // One byte a side; 0 means 256.
    directory.writeUInt8(pixels % 256, at)
    directory.writeUInt8(pixels % 256, at + 1)
    directory.writeUInt16LE(1, at + 4)
    directory.writeUInt16LE(32, at + 6)
    directory.writeUInt32LE(png.length, at + 8)
    directory.writeUInt32LE(offset, at + 12)
    offset += png.length
  }
  return Buffer.concat([directory, ...pictures.map(([, png]) => png)])
}

/** Name and pixels of each picture of an .icns; the later names are of screens of double density. */
const ICNS_PICTURES = [
  ['icp4', 16],
  ['icp5', 32],
  ['icp6', 64],
  ['ic07', 128],
  ['ic08', 256],
  ['ic09', 512],
  ['ic10', 1024],
  ['ic11', 32],
  ['ic12', 64],
  ['ic13', 256],
  ['ic14', 512],
]

/** macOS: a name, a length that counts its own eight bytes, and the picture, one after the other. `pictures`: PNG by pixels. */
export function icnsFile(pictures) {
  const chunk = (name, content) => {
    const head = Buffer.alloc(8)
    head.write(name, 'latin1')
    head.writeUInt32BE(8 + content.length, 4)
    return Buffer.concat([head, content])
  }
  return chunk(
    'icns',
    Buffer.concat(ICNS_PICTURES.map(([name, pixels]) => chunk(name, pictures.get(pixels)))),
  )
}
