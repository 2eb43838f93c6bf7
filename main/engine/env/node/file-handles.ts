/** File calls that wait without a thread of ours, for the few places that need an open file rather than `Files`. */
export { type FileHandle, open, rename } from 'node:fs/promises'
