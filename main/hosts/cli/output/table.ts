import { widthOf } from './terminal-text.ts'

/** A cell: its text, and how it is painted once it is in its place. */
export interface Cell {
  readonly text: string
  readonly paint?: (text: string) => string
}

/** A column: its heading, and whether its texts stand at the right (numbers). */
export interface Column {
  readonly title: string
  readonly right?: boolean
}

const GAP = '  '

/** Aligned rows under headings, without boxes. Texts must be safe for the terminal. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly (string | Cell)[])[],
  heading: (text: string) => string,
): string[] {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? { text: cell } : cell)))
  const widths = columns.map(({ title }, at) =>
    Math.max(widthOf(title), ...cells.map((row) => widthOf(row[at]?.text ?? ''))),
  )
  const line = (row: readonly Cell[]): string =>
    row
      .map(({ text, paint = same }, at) => {
        const space = ' '.repeat((widths[at] ?? 0) - widthOf(text))
        if (columns[at]?.right) return space + paint(text)
        return at === row.length - 1 ? paint(text) : paint(text) + space
      })
      .join(GAP)
      .trimEnd()
  return [line(columns.map(({ title }) => ({ text: title, paint: heading }))), ...cells.map(line)]
}

/** Labels and values under one another. */
export function facts(entries: readonly (readonly [label: string, value: string | undefined])[]): string[] {
  const shown = entries.filter((entry): entry is [string, string] => entry[1] !== undefined)
  const width = Math.max(0, ...shown.map(([label]) => widthOf(label)))
  return shown.map(([label, value]) => `${label}${' '.repeat(width - widthOf(label))}${GAP}${value}`)
}

const same = (text: string): string => text
