const COLUMNS = 4

/** The words of a kit with their numbers, to be read from left to right as on the printed page. */
export function numberedWords(words: readonly string[]): string[] {
  const width = Math.max(...words.map(({ length }) => length))
  const cells = words.map((word, at) => `${String(at + 1).padStart(3)} ${word.padEnd(width)}`)
  return Array.from({ length: Math.ceil(cells.length / COLUMNS) }, (_, row) =>
    cells
      .slice(row * COLUMNS, (row + 1) * COLUMNS)
      .join('  ')
      .trimEnd(),
  )
}
