import { createColumn } from './columns.ts'
import type { CountedTexts } from './counted-texts.ts'

/** A text for each row, or none. Each counts its text. */
export interface TextColumn {
  get(at: number): string | undefined
  /** The text's number; -1 where there is none. */
  numberAt(at: number): number
  set(at: number, text: string | undefined): void
}

export function createTextColumn(texts: CountedTexts): TextColumn {
  /** Numbers and one more: 0 is none. */
  const column = createColumn(Int32Array)
  return {
    get(at) {
      const number = column.get(at) - 1
      return number < 0 ? undefined : texts.at(number)
    },
    numberAt: (at) => column.get(at) - 1,
    set(at, text) {
      const before = column.get(at) - 1
      column.set(at, text === undefined ? 0 : texts.keep(text) + 1)
      if (before >= 0) texts.drop(before)
    },
  }
}
