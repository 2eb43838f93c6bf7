import type { LeftOut, UnprotectedReport } from '../../../contract/index.ts'
import type { Say } from '../output/say.ts'

/** What no backup holds, as JSON documents show it; sentences in the language that was asked for. */
export function unprotectedRecord(report: UnprotectedReport, say: Say) {
  return {
    at: report.at,
    verdict: report.verdict,
    sentence: say.any(report.sentence.key, report.sentence.params),
    counted_at: report.countedAt ?? null,
    whole: report.isWhole,
    outside: report.outside.map(({ path, amount, onPurpose }) => ({
      path,
      on_purpose: onPurpose,
      ...(amount ? amountRecord(amount) : { size_bytes: null, files: null, whole: false }),
    })),
    unread: report.unread.map(({ planName, backupId, count, items }) => ({
      plan: planName,
      backup_id: backupId,
      count,
      files: items.map(({ path, why, todo }) => ({
        path,
        why: say.any(why.key, why.params),
        todo: say.any(todo.key, todo.params),
      })),
    })),
    scope: report.scope.map(({ planName, kind, what }) => ({ plan: planName, kind, what })),
    left_out: report.leftOut.map((rule) => ({
      plan: rule.planName,
      pattern: rule.pattern,
      preset: rule.preset ?? null,
      ignore_file: rule.ignoreFile ?? null,
      ...amountRecord(rule),
      largest: rule.largest.map(({ path, ...amount }) => ({ path, ...amountRecord(amount) })),
    })),
  }
}

function amountRecord({ files, bytes, isWhole }: Pick<LeftOut, 'files' | 'bytes' | 'isWhole'>) {
  return { size_bytes: bytes, files, whole: isWhole }
}
