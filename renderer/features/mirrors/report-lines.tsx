import { Stack, Text } from '@mantine/core'
import type { MirrorReport } from '../../../main/contract/index.ts'
import shared from '../../components/kept-folder/kept-folder.module.css'
import { useWords } from '../../words/use-words.ts'
import styles from './mirrors.module.css'

/** Of each list so much is drawn; the numbers say how much there is. */
const SHOWN = 200

/** What a run would do: numbers first, then which files. */
export function ReportLines({ report, keepDays }: { report: MirrorReport; keepDays: number }) {
  const words = useWords()
  const { t, bytes, number, error: say } = words
  const { direction, transferred, replaced, deleted, deletedPaths, unchanged, foreign, left, held } = report
  const lines = [
    transferred > 0 &&
      t(`mirrors.report.transferred.${direction}`, { count: transferred, size: bytes(report.bytes) }),
    replaced > 0 && t('mirrors.report.replaced', { count: replaced }),
    deleted > 0 && t(`mirrors.report.deleted.${direction}`, { count: deleted, days: number(keepDays) }),
    t('mirrors.report.unchanged', { count: unchanged }),
  ].filter((line): line is string => line !== false)
  return (
    <Stack gap="sm">
      <Text fw={620} role="status">
        {transferred + deleted === 0 ? t('mirrors.report.nothing') : t('mirrors.report.title')}
      </Text>
      {held && (
        <Text size="sm" fw={560}>
          {t('mirrors.report.held', { count: held.count, of: number(held.total) })}
        </Text>
      )}
      <ul className={styles.lines}>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <Paths
        title={t('mirrors.report.deletedTitle', { count: deleted })}
        rows={deletedPaths.map((path) => ({ path }))}
      />
      <Paths
        title={t('mirrors.report.leftTitle', { count: left.length })}
        rows={left.map(({ path, reason, error }) => ({
          path,
          why: error ? say({ ...error, data: { path, ...error.data } }).what : t(`mirrors.left.${reason}`),
        }))}
      />
      <Paths
        title={t('mirrors.report.foreignTitle', { count: foreign.length })}
        rows={foreign.map(({ path, kind }) => ({ path, why: t(`mirrors.foreign.${kind}`) }))}
      />
    </Stack>
  )
}

/** Paths, each with what there is to say of it; nothing where there are none. */
function Paths({
  title,
  rows,
}: {
  title: string
  rows: readonly { readonly path: string; readonly why?: string }[]
}) {
  const { t, number } = useWords()
  if (rows.length === 0) return null
  const shown = rows.slice(0, SHOWN)
  return (
    <details>
      <summary className={shared.summary}>{title}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard. */}
      <ul className={styles.paths} tabIndex={0} aria-label={title}>
        {shown.map(({ path, why }) => (
          <li key={path}>
            <span className={`mono ${shared.anywhere}`}>{path}</span>
            {why !== undefined && (
              <Text component="span" size="sm" c="dimmed">
                {why}
              </Text>
            )}
          </li>
        ))}
        {rows.length > shown.length && (
          <li>{t('files.shown', { shown: number(shown.length), total: number(rows.length) })}</li>
        )}
      </ul>
    </details>
  )
}
