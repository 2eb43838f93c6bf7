import { expect, test } from 'vitest'
import { JOURNAL_ROWS } from './sync-journal-rows.ts'

test.each(JOURNAL_ROWS)('$rule $name', ({ found, expected }) => {
  expect(found()).toEqual(expected)
})
