/** Fields of inputs and outputs that say what a call is about. */
const NAMED = [
  'id',
  'backup',
  'at',
  'select',
  'pointer',
  'folder',
  'toPath',
  'name',
  'label',
  'role',
  'type',
  'plan',
  'planId',
  'database',
  'placeId',
  'backupId',
  'repositoryId',
  'slotId',
  'inviteId',
  'key',
  'runId',
  'path',
  'into',
  'from',
  'to',
  'existing',
  'keepDays',
  'until',
  'on',
  'pinned',
  'dryRun',
  'evenUnsaved',
  'evenHeld',
] as const
/** Lists of such. */
const LISTED = ['placeIds', 'paths', 'roots'] as const
const LONGEST = 300
/** Of a list the first few tell enough. */
const SHOWN = 5

/** What a call is about: ids, names and paths. Nothing that is not named here gets into the log. */
export function targetsOf(input: unknown): Record<string, string> {
  if (typeof input !== 'object' || input === null) return {}
  const fields = input as Readonly<Record<string, unknown>>
  const targets: Record<string, string> = {}
  for (const name of NAMED) {
    const value = fields[name]
    if (value !== undefined && value !== null && typeof value !== 'object')
      targets[name] = short(String(value))
  }
  for (const name of LISTED) {
    const list = fields[name]
    if (!Array.isArray(list) || list.length === 0) continue
    const more = list.length > SHOWN ? ` (+${list.length - SHOWN})` : ''
    targets[name] = short(list.slice(0, SHOWN).map(String).join(', ')) + more
  }
  return targets
}

/** Who signs in, and with what, in an address. */
const SIGN_IN = /:\/\/\S*@/g

/** Cut to what a line of the log holds, never in the middle of a character; what an address may hold of a password is taken out first. */
export function short(whole: string): string {
  const text = whole.replace(SIGN_IN, '://***@')
  return (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text).toWellFormed()
}
