import { Group, Loader, Select, Stack, Text } from '@mantine/core'
import { IconChartTreemap } from '@tabler/icons-react'
import { useState } from 'react'
import type { FolderSizes, Plan } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { EmptyNote } from '../../components/empty-note.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { PathTrail } from '../../components/kept-folder/path-trail.tsx'
import { Section } from '../../components/section.tsx'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import { SizesTable } from './sizes-table.tsx'
import styles from './storage.module.css'
import { Treemap } from './treemap.tsx'

/** What takes the room: the folders of a plan's newest backup, one into the other. */
export function FolderSizesSection({ plans }: { plans: readonly Plan[] }) {
  const { t } = useWords()
  const [chosen, setChosen] = useState<string>()
  const plan = plans.find(({ id }) => id === chosen) ?? plans[0]
  return (
    <Section
      title={t('storagePage.folders')}
      testId="folder-sizes"
      aside={
        plans.length > 1 &&
        plan && (
          <Select
            aria-label={t('storagePage.plan')}
            size="xs"
            w={240}
            allowDeselect={false}
            data={plans.map(({ id, name }) => ({ value: id, label: name }))}
            value={plan.id}
            onChange={(id) => setChosen(id ?? undefined)}
          />
        )
      }
    >
      <Card>
        {plan ? (
          <PlanSizes key={plan.id} plan={plan} />
        ) : (
          <EmptyNote icon={IconChartTreemap} text={t('storagePage.foldersEmpty')} />
        )}
      </Card>
    </Section>
  )
}

function PlanSizes({ plan }: { plan: Plan }) {
  const { t } = useWords()
  const [folder, setFolder] = useState<string>()
  const query = { plan: plan.id, ...(folder === undefined ? {} : { folder }) }
  const { data, error, busy } = useAnswer('storage.folders', query, plan.lastBackupId)
  return (
    <Stack gap="sm" aria-busy={busy}>
      {error && <ErrorNote error={error} />}
      {!data && busy && (
        <Group gap="sm" py="xl" justify="center">
          <Loader size="sm" aria-hidden />
          <Text role="status">{t('storagePage.reading')}</Text>
        </Group>
      )}
      {data && <Sizes sizes={data} onOpen={setFolder} />}
    </Stack>
  )
}

function Sizes({ sizes, onOpen }: { sizes: FolderSizes; onOpen: (folder: string) => void }) {
  const { t, bytes } = useWords()
  const { folder, files, ownBytes, createdAt } = sizes
  const above = folder === '' ? undefined : folder.split('/').slice(0, -1).join('/')
  return (
    <>
      <Group justify="space-between" align="baseline" gap="xs">
        <PathTrail path={folder} label={t('files.path')} onOpen={onOpen} />
        <Text size="sm" c="dimmed" className="tabular" role="status">
          {t('storagePage.folderSum', { size: bytes(sizes.bytes), count: files })}
        </Text>
      </Group>
      {sizes.entries.length === 0 ? (
        <Text c="dimmed" py="md">
          {t('files.empty')}
        </Text>
      ) : (
        <div className={styles.sizes}>
          {sizes.bytes > 0 && (
            <Treemap
              sizes={sizes}
              onOpen={onOpen}
              onUp={above === undefined ? undefined : () => onOpen(above)}
            />
          )}
          <SizesTable sizes={sizes} onOpen={onOpen} />
        </div>
      )}
      <Text size="sm" c="dimmed">
        {t('storagePage.asOf')} <RelativeTime at={createdAt} />
        {ownBytes !== undefined && <> · {t('storagePage.own', { size: bytes(ownBytes) })}</>}
      </Text>
    </>
  )
}
