import { expect, test } from 'vitest'
import { listedInProof, mutantList } from '../simulation/listed-mutants.ts'

test('the document lists exactly the mutants that there are', () => {
  expect(listedInProof(), 'node test/simulation/listed-mutants.ts writes it').toBe(mutantList())
})
