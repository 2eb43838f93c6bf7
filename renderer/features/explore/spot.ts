import { addressOf } from '../../store/route.ts'

export const sections = ['data', 'series', 'compare', 'access'] as const
export type SectionName = (typeof sections)[number]

const FIELDS = ['plan', 'backup', 'other', 'path', 'select'] as const

/** What is looked at: it stands in the address, so that Back works and a window that is opened again shows the same. */
export interface Spot {
  readonly section: SectionName
  /** Only backups of this plan, by id. */
  readonly plan?: string | undefined
  /** Absent: the newest. */
  readonly backup?: string | undefined
  /** The older side of a comparison; absent: the one before. */
  readonly other?: string | undefined
  readonly path?: string | undefined
  /** A JSON Pointer or JSONPath; absent: all of it. */
  readonly select?: string | undefined
}

/** A spot with a file of a backup. */
export type FileSpot = Spot & { readonly backup: string; readonly path: string }

/** The spot that the part of an address after the page means; what cannot be understood is the beginning. */
export function spotOf(of: string | undefined): Spot {
  const [name, query = ''] = splitAt(of ?? '', '?')
  const params = new URLSearchParams(query)
  const section = sections.find((each) => each === name) ?? 'data'
  const given = FIELDS.map((field) => [field, params.get(field)] as const).filter(([, value]) => value)
  return { section, ...Object.fromEntries(given) }
}

/** The address of a spot, for links. */
export function addressOfSpot({ section, ...fields }: Spot): string {
  const given = FIELDS.map((field) => [field, fields[field] ?? ''] as const).filter(([, value]) => value)
  const query = new URLSearchParams(given.map(([field, value]) => [field, value])).toString()
  return addressOf('explore', query ? `${section}?${query}` : section)
}

/** Goes to a spot. */
export function goToSpot(spot: Spot): void {
  window.location.hash = addressOfSpot(spot)
}

function splitAt(text: string, sign: string): [string, string?] {
  const at = text.indexOf(sign)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
