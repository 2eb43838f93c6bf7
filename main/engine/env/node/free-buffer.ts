/**
 * Gives the memory behind `bytes` back at once, instead of when it is next collected; `bytes` and every other view of it are empty from then on.
 * Only for buffers of which the caller knows that nobody else has a view. Compression and ciphers return a fresh buffer at each call: left to
 * the collector, they make a thread's memory several times as large and collections take a seventh of its time. Small ones, which
 * share memory, are left alone.
 */
export function freeBuffer(bytes: Uint8Array): void {
  const { buffer } = bytes
  if (buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize) buffer.transfer(0)
}
