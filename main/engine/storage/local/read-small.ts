import { open } from 'node:fs/promises'

/** The text of a file of ours in a place; `undefined` where it is larger than any that we write: a stick may hold anything. */
export async function readSmall(path: string, mostBytes: number): Promise<string | undefined> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    return size > mostBytes ? undefined : await file.readFile('utf8')
  } finally {
    await file.close()
  }
}
