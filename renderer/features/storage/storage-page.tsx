import { Loader, Stack, Text } from '@mantine/core'
import { IconChartTreemap } from '@tabler/icons-react'
import type { StorageReport } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { EmptyNote } from '../../components/empty-note.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { Section } from '../../components/section.tsx'
import { verdictLook } from '../../components/states.ts'
import { ToneDisc } from '../../components/tone.tsx'
import { useAnswer } from '../../store/use-answer.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { CleanUp } from './clean-up.tsx'
import { CostSection } from './cost-section.tsx'
import { FolderSizesSection } from './folder-sizes.tsx'
import { PlaceStorageCard } from './place-storage-card.tsx'
import styles from './storage.module.css'

/** How much lies where and when space runs out, what takes it, what it costs, and how to make room. */
export default function StoragePage() {
  const { t } = useWords()
  const places = useSlice('places')
  const recent = useSlice('recent')
  // Asked again whenever a backup came or went, or a place is another one.
  const seen = JSON.stringify([recent?.total, recent?.backups[0]?.id, places])
  const { data: report, error, busy } = useAnswer('storage.report', {}, seen)
  return (
    <>
      <PageHeader title={t('storagePage.title')} subtitle={t('storagePage.subtitle')} />
      {error && <ErrorNote error={error} />}
      {!report && busy && <Loader m="xl" aria-label={t('common.loading')} />}
      {report && <Report report={report} />}
    </>
  )
}

function Report({ report }: { report: StorageReport }) {
  const { t, sentence } = useWords()
  const plans = Object.values(useSlice('plans') ?? {}).filter(
    ({ lastBackupAt }) => lastBackupAt !== undefined,
  )
  const { places } = report
  if (places.length === 0)
    return (
      <Card>
        <EmptyNote icon={IconChartTreemap} text={sentence(report.sentence)} />
      </Card>
    )
  return (
    <Stack gap={32}>
      <Card className={styles.verdict} data-testid="storage-verdict" data-verdict={report.verdict}>
        <ToneDisc {...verdictLook[report.verdict]} size={64} />
        <Text fw={650} size="xl">
          {sentence(report.sentence)}
        </Text>
      </Card>
      <Section title={t('healthPage.places')}>
        <div className={styles.places}>
          {places.map((place) => (
            <PlaceStorageCard place={place} key={place.placeId} />
          ))}
        </div>
      </Section>
      <FolderSizesSection plans={plans} />
      <CostSection places={places} />
      <CleanUp />
    </Stack>
  )
}
