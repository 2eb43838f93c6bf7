import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The files that take longest, longest first. Where nothing is known of earlier runs, size decides, and these are small. */
const LONGEST = [
  'test/crash/kill-at-random.test.ts',
  'test/simulation/mutants/mutants.test.ts',
  'test/e2e/window-snapshots.test.ts',
  'test/simulation/repository/repository.test.ts',
  'test/e2e/window-flows.test.ts',
  'test/e2e/cli-snapshots.test.ts',
  'test/conformance/commit-log.test.ts',
  'test/crash/repository-processes.test.ts',
  'test/e2e/window-pages.test.ts',
  'test/simulation/commit-log/linearizable.test.ts',
  'test/simulation/collection/collection.test.ts',
  'test/conformance/azure.test.ts',
  'test/e2e/cli-bad-repository.test.ts',
  'test/simulation/scheduler/scheduler-years.test.ts',
  'test/unit/app-automation.test.ts',
  'test/unit/app-automation-changes.test.ts',
  'test/e2e/cli-place-back.test.ts',
  'test/e2e/cli-place-gone.test.ts',
  'test/simulation/sync/mutants.test.ts',
  'test/simulation/sync/sync.test.ts',
  'test/simulation/sync/sync-even.test.ts',
  'test/simulation/protocol-model/protocol-model.test.ts',
  'test/conformance/gcs.test.ts',
  'test/unit/verify-snapshot/heal-places.test.ts',
  'test/simulation/owner/owner.test.ts',
  'test/unit/backup-snapshot/pipeline.test.ts',
  'test/unit/backup-snapshot/kill.test.ts',
  'test/e2e/cli-bad-input.test.ts',
  'test/unit/restore-snapshot/restore-snapshot.test.ts',
  'test/conformance/local.test.ts',
  'test/interop/read-repository.test.ts',
  'test/conformance/s3.test.ts',
  'test/e2e/cli-rotate.test.ts',
  'test/unit/maintenance-snapshot/renew.test.ts',
  'test/e2e/newcomer.test.ts',
  'test/unit/verify-snapshot/check.test.ts',
  'test/crash/rot.test.ts',
  'test/unit/backup-snapshot/xattrs.test.ts',
]

/** Starts the long files first, so that at the end no worker waits for the other: a long file that is started last runs alone. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const root = this.ctx.config.root
    const rankOf = ({ moduleId }: TestSpecification): number => {
      const rank = LONGEST.indexOf(relative(root, moduleId).replaceAll('\\', '/'))
      return rank < 0 ? LONGEST.length : rank
    }
    return (await super.sort(files)).toSorted((one, other) => rankOf(one) - rankOf(other))
  }
}
