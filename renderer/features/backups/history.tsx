import { Button, Group, Loader, SegmentedControl, Select, Table, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconArchive, IconChevronLeft, IconChevronRight, IconSearch } from '@tabler/icons-react'
import { useState } from 'react'
import { Card } from '../../components/card.tsx'
import { EmptyNote } from '../../components/empty-note.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { Section } from '../../components/section.tsx'
import { useAnswer } from '../../store/use-answer.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { ThinOutButton } from '../retention/thin-out.tsx'
import { BackupRow } from './backup-row.tsx'
import { CleanupButton } from './cleanup.tsx'
import styles from './history.module.css'

const PAGE_SIZE = 20

type Sync = 'all' | 'done' | 'open'

/** Every backup, newest first, by page and filter. */
export function History() {
  const { t } = useWords()
  const plans = Object.values(useSlice('plans') ?? {})
  const recent = useSlice('recent')
  const [typed, setTyped] = useState('')
  const [search] = useDebouncedValue(typed.trim(), 250)
  const [planId, setPlanId] = useState<string | null>(null)
  const [sync, setSync] = useState<Sync>('all')
  const [offset, setOffset] = useState(0)
  const filtered = search !== '' || planId !== null || sync !== 'all'

  const answer = useAnswer(
    'backup.list',
    {
      limit: PAGE_SIZE,
      offset,
      ...(search ? { search } : {}),
      ...(planId ? { planId } : {}),
      ...(sync === 'all' ? {} : { synced: sync === 'done' }),
    },
    recent,
  )
  const backups = answer.data?.backups ?? []
  const total = answer.data?.total ?? 0

  const filter = (change: () => void): void => {
    setOffset(0)
    change()
  }
  const clear = (): void =>
    filter(() => {
      setTyped('')
      setPlanId(null)
      setSync('all')
    })

  return (
    <Section title={t('backups.history')} aside={<HistoryActions />} testId="history">
      <Group mb="sm" gap="sm">
        <TextInput
          flex="1 1 220px"
          aria-label={t('backups.search')}
          placeholder={t('backups.searchPlaceholder')}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={typed}
          onChange={(event) => {
            const text = event.currentTarget.value
            filter(() => setTyped(text))
          }}
        />
        <Select
          w={190}
          aria-label={t('backups.plan')}
          placeholder={t('backups.allPlans')}
          clearable
          clearButtonProps={{ 'aria-label': t('backups.allPlans') }}
          data={plans.map((plan) => ({ value: plan.id, label: plan.name }))}
          value={planId}
          onChange={(value) => filter(() => setPlanId(value))}
        />
        <SegmentedControl
          aria-label={t('backups.sync')}
          data={[
            { value: 'all', label: t('backups.syncAll') },
            { value: 'done', label: t('backups.syncDone') },
            { value: 'open', label: t('backups.syncOpen') },
          ]}
          value={sync}
          onChange={(value) => filter(() => setSync(value as Sync))}
        />
      </Group>
      {answer.error && <ErrorNote error={answer.error} />}
      <Card p={0} className={styles.frame}>
        {backups.length > 0 && (
          <Table verticalSpacing="sm" horizontalSpacing="md" highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('backups.columns.made')}</Table.Th>
                <Table.Th>{t('backups.columns.plan')}</Table.Th>
                <Table.Th className={styles.end}>{t('backups.columns.size')}</Table.Th>
                <Table.Th className={`${styles.end} ${styles.wide}`}>{t('backups.columns.files')}</Table.Th>
                <Table.Th>{t('backups.columns.copies')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {backups.map((backup) => (
                <BackupRow backup={backup} key={backup.id} />
              ))}
            </Table.Tbody>
          </Table>
        )}
        {answer.busy && !answer.data && <Loader size="sm" m="lg" aria-label={t('common.loading')} />}
        {answer.data && backups.length === 0 && (
          <EmptyNote icon={IconArchive} text={t(filtered ? 'backups.emptyFilter' : 'backups.empty')}>
            {filtered && (
              <Button variant="default" onClick={clear}>
                {t('backups.clearFilters')}
              </Button>
            )}
          </EmptyNote>
        )}
      </Card>
      {total > PAGE_SIZE && (
        <Group justify="flex-end" mt="sm" gap="xs">
          <Text size="sm" c="dimmed" className="tabular">
            {t('common.page', { from: offset + 1, to: offset + backups.length, total })}
          </Text>
          <Button
            variant="default"
            size="xs"
            disabled={offset === 0}
            aria-label={t('common.previousPage')}
            onClick={() => setOffset(Math.max(0, offset - PAGE_SIZE))}
          >
            <IconChevronLeft size={16} aria-hidden />
          </Button>
          <Button
            variant="default"
            size="xs"
            disabled={offset + PAGE_SIZE >= total}
            aria-label={t('common.nextPage')}
            onClick={() => setOffset(offset + PAGE_SIZE)}
          >
            <IconChevronRight size={16} aria-hidden />
          </Button>
        </Group>
      )}
    </Section>
  )
}

/** Old archives go by age, snapshots by the rules of their plans; each is offered where there is such a plan. */
function HistoryActions() {
  const plans = Object.values(useSlice('plans') ?? {})
  const snapshots = plans.some(({ format }) => format === 'snapshot')
  return (
    <Group gap="xs">
      {snapshots && <ThinOutButton />}
      {(!snapshots || plans.some(({ format }) => format === 'archive')) && <CleanupButton />}
    </Group>
  )
}
