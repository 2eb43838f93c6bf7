import type { ReactNode } from 'react'
import type { SyncOperation } from '../../../../main/contract/index.ts'
import { RelativeTime } from '../../../components/times/relative-time.tsx'
import { ToneBadge } from '../../../components/tone.tsx'
import { useWords, type Words } from '../../../words/use-words.ts'
import { operationIcons, operationLook } from '../looks.ts'
import styles from '../sync.module.css'

/** The height of a row that shows a step of a sync. */
export const OPERATION_REM = 3.75

/** One step of a sync: what, of which file, how large, how it stands. */
export function OperationRow({ operation, children }: { operation: SyncOperation; children?: ReactNode }) {
  const { t, bytes, error: say } = useWords()
  const { path, from, sizeBytes, status, at, error } = operation
  const KindIcon = operationIcons[operation.do]
  return (
    <div className={styles.operation} data-testid="operation">
      <KindIcon size={19} stroke={1.7} aria-hidden />
      <span className={styles.conflictText}>
        <span className={styles.conflictTitle} title={path}>
          {path}
        </span>
        <span className={styles.conflictWhere}>
          {[t(`sync.do.${operation.do}`), whereText(operation, t)].filter(Boolean).join(' ')}
          {sizeBytes !== undefined && ` · ${bytes(sizeBytes)}`}
          {from !== undefined && ` · ${t('syncPage.queue.from', { path: from })}`}
          {at !== undefined && (
            <>
              {' · '}
              <RelativeTime at={at} />
            </>
          )}
          {error && ` · ${say(error).what}`}
        </span>
      </span>
      <ToneBadge {...operationLook[status]}>{t(`sync.status.${status}`)}</ToneBadge>
      {children}
    </div>
  )
}

/** What is sent goes somewhere; what else is done is done somewhere. */
function whereText({ do: what, direction }: SyncOperation, t: Words['t']): string {
  if (what === 'conflict') return ''
  return what === 'upload' || what === 'download'
    ? t(`sync.direction.${direction}`)
    : t(`syncPage.side.${direction}`)
}
