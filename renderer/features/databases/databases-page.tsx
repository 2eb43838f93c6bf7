import { Button, Stack } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { Card } from '../../components/card.tsx'
import { EmptyNote } from '../../components/empty-note.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { useAnswer } from '../../store/use-answer.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { ClusterCard } from './cluster-card.tsx'
import { ProtectDialog } from './protect-dialog.tsx'

/** Clusters under continuous protection: which moments can be had, whether their logs are archived, and getting a moment back. */
export default function DatabasesPage() {
  const { t } = useWords()
  const [adding, setAdding] = useState(false)
  // Asked again whenever work ended: a proof or a base backup may be among it.
  const ended = Object.values(useSlice('runs') ?? {}).filter(({ state }) => state !== 'running').length
  const { data: databases, error, again } = useAnswer('databases.list', {}, ended)
  const addButton = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
      {t('databasesPage.add')}
    </Button>
  )
  return (
    <>
      <PageHeader title={t('databasesPage.title')} subtitle={t('databasesPage.subtitle')}>
        {databases && databases.length > 0 && addButton}
      </PageHeader>
      <Stack gap="lg">
        {error && <ErrorNote error={error} />}
        {databases?.length === 0 && (
          <Card>
            <EmptyNote picture="database" text={t('databasesPage.empty')}>
              {addButton}
            </EmptyNote>
          </Card>
        )}
        {databases?.map((database) => (
          <ClusterCard key={database.id} database={database} version={ended} onRemoved={again} />
        ))}
      </Stack>
      <ProtectDialog opened={adding} onClose={() => setAdding(false)} onAdded={again} />
    </>
  )
}
