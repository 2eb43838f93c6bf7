/**
 * The same bytes in memory of their own. A small buffer is a view of a slab that many share: whoever keeps a hundred bytes of one for long keeps all of its 64 KiB.
 */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength === bytes.byteLength ? bytes : new Uint8Array(bytes)
}
