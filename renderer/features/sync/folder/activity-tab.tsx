import { Loader } from '@mantine/core'
import { IconListDetails } from '@tabler/icons-react'
import type { SyncedFolder } from '../../../../main/contract/index.ts'
import { Card } from '../../../components/card.tsx'
import { EmptyNote } from '../../../components/empty-note.tsx'
import { ErrorNote } from '../../../components/error-note.tsx'
import { VirtualRows } from '../../../components/lists/virtual-rows.tsx'
import { useAnswer } from '../../../store/use-answer.ts'
import { useWords } from '../../../words/use-words.ts'
import { rowHeightOf } from '../row-height.ts'
import styles from '../sync.module.css'
import { OPERATION_REM, OperationRow } from './operation-row.tsx'

const MOST_PX = 520
const MOST_OPERATIONS = 500

/** What syncs of a folder did last, newest first. */
export function ActivityTab({ folder }: { folder: SyncedFolder }) {
  const { t } = useWords()
  const { data, error } = useAnswer('sync.activity', { id: folder.id, limit: MOST_OPERATIONS }, folder)
  if (error) return <ErrorNote error={error} />
  if (!data) return <Loader size="sm" aria-label={t('common.loading')} />
  if (data.length === 0)
    return (
      <Card>
        <EmptyNote icon={IconListDetails} text={t('syncPage.noActivity')} />
      </Card>
    )
  return (
    <Card p={0} className={styles.clip}>
      <VirtualRows
        rows={data}
        rowHeight={rowHeightOf(OPERATION_REM)}
        mostHeight={MOST_PX}
        label={t('syncPage.tab.activity')}
        keyOf={({ key }) => key}
        testId="activity"
      >
        {(operation) => <OperationRow operation={operation} />}
      </VirtualRows>
    </Card>
  )
}
