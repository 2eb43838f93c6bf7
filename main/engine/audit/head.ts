import { join } from 'node:path'
import type { Files } from '../env/files.ts'
import type { LogPoint } from './entry.ts'

/** How far the log went when it was last written, beside it. */
export interface Head extends LogPoint {
  /** 128 hex digits, or nothing where the last entry is not signed either. */
  readonly signature: string
}

const HEAD = /^\{"number":(0|[1-9]\d{0,14}),"hash":"([0-9a-f]{64})","signature":"((?:[0-9a-f]{128})?)"\}\n$/
const OWNER_ONLY = 0o600

/** The bytes that are signed for a head. */
export function headMessage({ number, hash }: LogPoint): Uint8Array {
  return Buffer.from(`everstow audit head 1\n${number}\n${hash}\n`)
}

/** The head, undefined where there is none, `damaged` where it is no head. */
export async function readHead(files: Files, folder: string): Promise<Head | 'damaged' | undefined> {
  const path = headPath(folder)
  if (!(await files.stat(path))) return undefined
  const [, number, hash = '', signature = ''] = HEAD.exec(await files.readText(path)) ?? []
  return number === undefined ? 'damaged' : { number: Number(number), hash, signature }
}

/** Replaces the head, durably. */
export async function writeHead(files: Files, folder: string, head: Head): Promise<void> {
  const { number, hash, signature } = head
  await files.writeAtomic(headPath(folder), `${JSON.stringify({ number, hash, signature })}\n`, {
    mode: OWNER_ONLY,
  })
}

const headPath = (folder: string): string => join(folder, 'head.json')
