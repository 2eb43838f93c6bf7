import type { Route } from '../../store/route.ts'

/** What does in a terminal what a page does: commands as they are typed, what a person fills in in capitals. Not translated: they are the same in every language. */
const LINES = {
  status: ['everstow status', 'everstow backup'],
  backups: ['everstow list', 'everstow plan list', 'everstow prune --dry-run'],
  sync: ['everstow sync status', 'everstow sync run NAME', 'everstow sync versions NAME PATH'],
  databases: ['everstow db list', 'everstow db coverage NAME'],
  restore: ['everstow find NAME', 'everstow restore latest PATH', 'everstow restore --undo latest'],
  explore: [
    'everstow query PATH SELECT',
    'everstow series PATH SELECT',
    'everstow diff ID ID',
    'everstow api-key list',
    'everstow mcp config',
  ],
  places: ['everstow place list', 'everstow place add NAME --type local --path FOLDER'],
  storage: ['everstow storage', 'everstow storage folders PLAN', 'everstow prune --dry-run'],
  unprotected: ['everstow unprotected', 'everstow unprotected accept FOLDER'],
  health: ['everstow health', 'everstow verify'],
  activity: ['everstow log list', 'everstow log verify'],
  settings: ['everstow schedule list', 'everstow alert list', 'everstow key list', 'everstow api-key list'],
} as const satisfies Record<Route['page'], readonly string[]>

const SYNC_SECTIONS: Readonly<Record<string, readonly string[]>> = {
  conflicts: ['everstow sync conflicts', 'everstow sync resolve ID --keep local'],
  mirrors: ['everstow mirror list', 'everstow mirror run NAME'],
  figures: ['everstow sync status', 'everstow sync activity NAME'],
}

/** The commands for where the window is. */
export function commandLines({ page, of = '' }: Route): readonly string[] {
  return (page === 'sync' && SYNC_SECTIONS[of.split('/')[0] ?? '']) || LINES[page]
}

/** All of them, for the test that holds each against the command line. */
export const allCommandLines: readonly string[] = [
  ...Object.values(LINES),
  ...Object.values(SYNC_SECTIONS),
].flat()
