import { Button } from '@mantine/core'
import { IconChevronRight } from '@tabler/icons-react'
import type { SyncConflict } from '../../../../main/contract/index.ts'
import { Card } from '../../../components/card.tsx'
import { VirtualRows } from '../../../components/lists/virtual-rows.tsx'
import { RelativeTime } from '../../../components/times/relative-time.tsx'
import { addressOf } from '../../../store/route.ts'
import { folderOf, nameOf } from '../../../words/paths.ts'
import { useWords } from '../../../words/use-words.ts'
import { rowHeightOf } from '../row-height.ts'
import styles from '../sync.module.css'
import { conflictKey } from './conflict-words.ts'

const ROW_REM = 4.25
const MOST_PX = 560

/** Conflicts one below the other, however many: what happened to which file, and when. */
export function ConflictList({
  conflicts,
  onTakeBack,
  busy,
}: {
  conflicts: readonly SyncConflict[]
  onTakeBack: (conflict: SyncConflict) => void
  busy: boolean
}) {
  const { t } = useWords()
  const rowHeight = rowHeightOf(ROW_REM)
  return (
    <Card p={0} className={styles.clip}>
      <VirtualRows
        rows={conflicts}
        rowHeight={rowHeight}
        mostHeight={MOST_PX}
        label={t('syncPage.conflicts.title')}
        keyOf={({ id }) => id}
        testId="conflict-list"
      >
        {(conflict) =>
          conflict.state === 'open' ? (
            <OpenRow conflict={conflict} />
          ) : (
            <DecidedRow conflict={conflict} busy={busy} onTakeBack={() => onTakeBack(conflict)} />
          )
        }
      </VirtualRows>
    </Card>
  )
}

function OpenRow({ conflict }: { conflict: SyncConflict }) {
  return (
    <a
      className={styles.conflict}
      href={addressOf('sync', `conflicts/${conflict.id}`)}
      data-testid="conflict"
    >
      <RowText conflict={conflict} />
      <IconChevronRight size={18} aria-hidden />
    </a>
  )
}

function DecidedRow({
  conflict,
  busy,
  onTakeBack,
}: {
  conflict: SyncConflict
  busy: boolean
  onTakeBack: () => void
}) {
  const { t } = useWords()
  return (
    <div className={styles.conflict} data-testid="decided">
      <RowText conflict={conflict} />
      <Button
        size="xs"
        variant="default"
        disabled={busy}
        aria-label={t('syncPage.conflicts.undoNamed', { name: nameOf(conflict.path) })}
        onClick={onTakeBack}
      >
        {t('syncPage.conflicts.undo')}
      </Button>
    </div>
  )
}

function RowText({ conflict }: { conflict: SyncConflict }) {
  const { t } = useWords()
  const { path, folderName, state, kept, at, resolvedAt, there } = conflict
  const name = nameOf(path)
  const where = [folderName, folderOf(path)].filter((part) => part !== '').join(' / ')
  return (
    <span className={styles.conflictText}>
      <span className={styles.conflictTitle} title={path}>
        {state === 'open'
          ? t(conflictKey(conflict), { name, device: there.device ?? '' })
          : `${name}: ${kept ? t(`sync.kept.${kept}`) : ''}`}
      </span>
      <span className={styles.conflictWhere}>
        {where} · <RelativeTime at={resolvedAt ?? at} />
        {state === 'open' && ` · ${t(`sync.kind.${conflict.kind}`)}`}
      </span>
    </span>
  )
}
