import { readFileSync } from '../../env/node/sync-files.ts'

/** Names of the users and groups of this computer by number; an unknown number has the empty name. */
export interface OwnerNames {
  user(uid: number): string
  group(gid: number): string
}

/** Reads the local tables once. Where there are none (Windows) numbers alone are stored. */
export function readOwnerNames(): OwnerNames {
  const users = readTable('/etc/passwd')
  const groups = readTable('/etc/group')
  return { user: (uid) => users.get(uid) ?? '', group: (gid) => groups.get(gid) ?? '' }
}

/** Lines `name:…:number:…`; the first line of a number counts, as with `getpwuid`. */
function readTable(path: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>()
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    // Absent or unreadable: an archive without owner names is whole all the same.
    return names
  }
  for (const line of text.split('\n')) {
    const [name, , number] = line.split(':')
    if (name && number && /^\d+$/.test(number) && !names.has(Number(number))) names.set(Number(number), name)
  }
  return names
}
