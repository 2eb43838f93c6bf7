import { expect, test } from 'vitest'
import { RECONCILE_ROWS } from './sync-rows.ts'

test.each(RECONCILE_ROWS)('$rule $name', ({ found, expected }) => {
  expect(found()).toEqual(expected)
})
