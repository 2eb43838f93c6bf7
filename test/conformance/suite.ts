import { afterAll, beforeAll, describe } from 'vitest'
import { concurrencyCases } from './cases/concurrency.ts'
import { conditionalPutCases } from './cases/conditional-puts.ts'
import { keyCases } from './cases/keys.ts'
import { listingCases } from './cases/listings.ts'
import { modelCases } from './cases/model.ts'
import { rangeCases } from './cases/ranges.ts'
import { refusalCases } from './cases/refusals.ts'
import { resumeCases } from './cases/resume.ts'
import { roundTripCases } from './cases/round-trips.ts'
import type { Bench, Make, StoreUnderTest } from './under-test.ts'

export interface SuiteOptions {
  /** Random histories compared with the model. Default 40. */
  readonly histories?: number
}

/**
 * The contract of `ObjectStore` as a test. Every backend runs it, bare and again (with `retrying` around it) while its server or disk is made to fail;
 * what is promised holds in both. Each case works in a folder of its own.
 */
export function describeObjectStore(name: string, make: Make, options: SuiteOptions = {}): void {
  describe(`object store: ${name}`, () => {
    let made: StoreUnderTest
    let cases = 0
    beforeAll(async () => {
      made = await make()
    })
    afterAll(async () => {
      await made?.store.close()
      await made?.cleanup()
    })
    const bench: Bench = {
      tested: () => made,
      store: () => made.store,
      folder: () => `case-${String(++cases).padStart(3, '0')}`,
    }
    describe('round trips', () => roundTripCases(bench))
    describe('keys', () => keyCases(bench))
    describe('ranges and versions', () => rangeCases(bench))
    describe('conditional puts', () => conditionalPutCases(bench))
    describe('listings', () => listingCases(bench))
    describe('refusals leave nothing behind', () => refusalCases(bench))
    describe('resuming', () => resumeCases(bench))
    describe('concurrency', () => concurrencyCases(bench))
    describe('against the model', () => modelCases(bench, options.histories ?? 40))
  })
}
