import { writeFileSync } from 'node:fs'
import type { Reporter, TestCase } from 'vitest/node'

/** Writes which tests passed only when they were tried again, and what they failed with first, as JSON where `EVERSTOW_SHAKY_TESTS` says. */
export default class ShakyTests implements Reporter {
  readonly #shaky: { readonly test: string; readonly error: string }[] = []

  onTestCaseResult(test: TestCase): void {
    if (!test.diagnostic()?.flaky) return
    const [first] = test.result().errors ?? []
    this.#shaky.push({
      test: `${test.module.relativeModuleId} > ${test.fullName}`,
      error: first?.message ?? '',
    })
  }

  onTestRunEnd(): void {
    const path = process.env.EVERSTOW_SHAKY_TESTS
    if (path) writeFileSync(path, JSON.stringify(this.#shaky))
  }
}
