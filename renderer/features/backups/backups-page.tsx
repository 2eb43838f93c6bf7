import { Button, Stack } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { lazy, Suspense, useState } from 'react'
import type { Plan } from '../../../main/contract/index.ts'
import { BackUpNow } from '../../components/back-up-now.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { RunCard } from '../../components/run-card.tsx'
import { goTo } from '../../store/route.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { OutboxSection } from '../outbox/outbox-section.tsx'
import { BackupDetails } from './backup-details.tsx'
import { FindFiles } from './find-files.tsx'
import { History } from './history.tsx'
import { Plans } from './plans.tsx'

// Half of what this page can do is in its dialog; it comes while a person reads the page.
const PlanDialog = lazy(() => import('./plan-dialog.tsx'))

/** What is protected, and every backup that was made. `backupId` opens its details; `new` opens a new plan. */
export function BackupsPage({ backupId }: { backupId: string | undefined }) {
  const { t } = useWords()
  const [editing, setEditing] = useState<Plan | 'new'>()
  const running = Object.values(useSlice('runs') ?? {}).filter((run) => run.state === 'running')
  const hasPlans = Object.keys(useSlice('plans') ?? {}).length > 0
  const opened = backupId === 'new' ? 'new' : editing
  const closePlan = (): void => {
    setEditing(undefined)
    if (backupId === 'new') goTo('backups')
  }

  return (
    <>
      <PageHeader title={t('backups.title')} subtitle={t('backups.subtitle')}>
        <Button
          variant="default"
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => setEditing('new')}
        >
          {t('plans.new')}
        </Button>
        <BackUpNow />
      </PageHeader>
      <Stack gap={32}>
        {running.map((run) => (
          <RunCard run={run} key={run.id} />
        ))}
        <Plans onEdit={setEditing} onNew={() => setEditing('new')} />
        <OutboxSection />
        {hasPlans && <FindFiles />}
        <History />
      </Stack>
      <Suspense fallback={null}>
        <PlanDialog plan={opened} onClose={closePlan} />
      </Suspense>
      <BackupDetails id={backupId === 'new' ? undefined : backupId} onClose={() => goTo('backups')} />
    </>
  )
}
