import type { Staging } from '../../placing/staging.ts'
import type { PathKey } from '../../target/path-key.ts'
import type { EntryMetadata } from '../../target/set-metadata.ts'
import { type SyncFiles, writeAll } from '../../target/sync-files.ts'

/** Where a link, pipe or device has another name that is made before, that one. */
interface MaybeAgain {
  readonly first?: PathKey
}

/** What is made or set only after all content is there: nothing can then be written through a link, and no write changes a time any more. */
export type LateEntry = { readonly key: PathKey } & (
  | ({ readonly kind: 'folder' } & EntryMetadata)
  /** A file whose content came in several windows. */
  | ({ readonly kind: 'file' } & EntryMetadata)
  /** `target` as Latin-1 text of its bytes. */
  | ({ readonly kind: 'symlink'; readonly target: string } & MaybeAgain & EntryMetadata)
  | { readonly kind: 'hardlink'; readonly first: PathKey; readonly sizeBytes: number }
  | ({ readonly kind: 'fifo' } & MaybeAgain & EntryMetadata)
  | ({ readonly kind: 'character' | 'block'; readonly major: number; readonly minor: number } & MaybeAgain &
      EntryMetadata)
  /** Name → base64 of the value. */
  | { readonly kind: 'attributes'; readonly values: readonly [string, string][] }
)

/** The list of late entries: in a file of the staging folder, so that a tree of any size needs no memory. */
export interface LateEntries {
  add(entry: LateEntry): void
  /** All entries in the order they were added. Adding is over. */
  read(): Generator<LateEntry>
  close(): void
}

const BUFFER_BYTES = 256 * 1024

/** An empty list in this staging folder. */
export function createLateEntries(files: SyncFiles, { folder }: Staging): LateEntries {
  const path = `${folder}/late`
  const fd = files.openSync(path, 'w+', 0o600)
  let lines: string[] = []
  let waiting = 0

  function flush(): void {
    writeAll(files, fd, Buffer.from(lines.join('')))
    lines = []
    waiting = 0
  }

  return {
    add(entry) {
      const line = `${JSON.stringify(entry, bigintAsText)}\n`
      lines.push(line)
      waiting += line.length
      if (waiting >= BUFFER_BYTES) flush()
    },
    *read() {
      flush()
      const buffer = Buffer.allocUnsafe(BUFFER_BYTES)
      let rest = Buffer.alloc(0)
      for (let at = 0; ; ) {
        const count = files.readSync(fd, buffer, 0, buffer.length, at)
        if (count === 0) return
        at += count
        const bytes = Buffer.concat([rest, buffer.subarray(0, count)])
        const end = bytes.lastIndexOf(0x0a) + 1
        for (const line of bytes.toString('utf8', 0, end).split('\n'))
          if (line !== '') yield JSON.parse(line, textAsBigint)
        rest = bytes.subarray(end)
      }
    },
    close: () => files.closeSync(fd),
  }
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

/** Only times are bigints in an entry. */
function textAsBigint(key: string, value: unknown): unknown {
  return key === 'mtimeNs' ? BigInt(value as string) : value
}
