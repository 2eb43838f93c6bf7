import { Loader, Stack, Text } from '@mantine/core'
import type { ComponentProps } from 'react'
import type { SyncFigures } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { EmptyNote } from '../../components/empty-note.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { SyncSections } from '../../components/kept-folder/sync-sections.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { Section } from '../../components/section.tsx'
import { useNow } from '../../components/times/use-now.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import { ChartFigure } from './chart-figure.tsx'
import styles from './sync-figures.module.css'

const DAYS_PX = 150
const BAR_PX = 44

/** How syncing has gone, in charts and in words. */
export default function FiguresPage() {
  const { t } = useWords()
  const { data, error } = useAnswer('sync.figures', {}, useNow(60_000))
  return (
    <div data-testid="sync-figures">
      <PageHeader title={t('syncFigures.title')} subtitle={t('syncFigures.subtitle')} />
      <SyncSections current="figures" />
      {error && <ErrorNote error={error} />}
      {!data && !error && <Loader m="xl" aria-label={t('common.loading')} />}
      {data && (data.folders.length > 0 ? <Charts figures={data} /> : <Nothing />)}
    </div>
  )
}

function Nothing() {
  const { t } = useWords()
  return (
    <Card>
      <EmptyNote picture="agree" text={t('syncFigures.empty')} />
    </Card>
  )
}

function Charts({ figures }: { figures: SyncFigures }) {
  return (
    <Stack gap="xl">
      <Transfers figures={figures} />
      <Times figures={figures} />
      <Places figures={figures} />
      <Conflicts figures={figures} />
    </Stack>
  )
}

/** One chart of the page under its title. */
function ChartSection({ title, ...figure }: ComponentProps<typeof ChartFigure> & { title: string }) {
  return (
    <Section title={title}>
      <Card>
        <ChartFigure {...figure} />
      </Card>
    </Section>
  )
}

function Transfers({ figures: { days, cutAt } }: { figures: SyncFigures }) {
  const { t, bytes, date } = useWords()
  const sent = days.reduce((sum, day) => sum + day.sentBytes, 0)
  const fetched = days.reduce((sum, day) => sum + day.fetchedBytes, 0)
  return (
    <ChartSection
      title={t('syncFigures.transfers')}
      label={t('syncFigures.transfersChart')}
      caption={t('syncFigures.transfersSum', { sent: bytes(sent), fetched: bytes(fetched) })}
      data={days.map((day) => ({ ...day, date: date(day.date) }))}
      dataKey="date"
      series={[
        { name: 'sentBytes', label: t('syncPage.uploaded'), color: 'harbour.6' },
        { name: 'fetchedBytes', label: t('syncPage.downloaded'), color: 'harbour.3' },
      ]}
      upright
      heightPx={DAYS_PX}
      format={bytes}
    >
      {cutAt !== undefined && (
        <Text size="xs" c="dimmed" mb={8}>
          {t('syncFigures.cut', { date: date(cutAt) })}
        </Text>
      )}
    </ChartSection>
  )
}

function Times({ figures: { folders } }: { figures: SyncFigures }) {
  const { t, duration, number } = useWords()
  const timed = folders.filter(({ syncs }) => syncs > 0)
  if (timed.length === 0) return null
  return (
    <ChartSection
      title={t('syncFigures.times')}
      label={t('syncFigures.timesChart')}
      caption={t('syncFigures.timesSum')}
      data={timed.map(({ name, averageMs }) => ({ name, averageMs }))}
      dataKey="name"
      series={[{ name: 'averageMs', label: t('syncPage.average'), color: 'harbour.6' }]}
      heightPx={timed.length * BAR_PX}
      format={duration}
    >
      <ul className={styles.words}>
        {timed.map(({ folderId, name, averageMs, syncs }) => (
          <li key={folderId}>
            {t('syncFigures.timeOf', {
              name,
              time: duration(averageMs),
              count: syncs,
              syncs: number(syncs),
            })}
          </li>
        ))}
      </ul>
    </ChartSection>
  )
}

function Places({ figures: { places } }: { figures: SyncFigures }) {
  const { t, share, number } = useWords()
  const used = places
    .filter(({ syncs }) => syncs > 0)
    .map((place) => ({ ...place, wentWell: (place.syncs - place.failures) / place.syncs }))
  if (used.length === 0) return null
  return (
    <ChartSection
      title={t('syncFigures.places')}
      label={t('syncFigures.placesChart')}
      caption={t('syncFigures.placesSum')}
      data={used.map(({ placeName, wentWell }) => ({ placeName, wentWell }))}
      dataKey="placeName"
      series={[{ name: 'wentWell', label: t('syncPage.success'), color: 'harbour.6' }]}
      heightPx={used.length * BAR_PX}
      format={share}
    >
      <ul className={styles.words}>
        {used.map(({ placeId, placeName, wentWell, failures, syncs }) => (
          <li key={placeId}>
            {t('syncFigures.placeOf', {
              place: placeName,
              share: share(wentWell),
              count: failures,
              syncs: number(syncs),
            })}
          </li>
        ))}
      </ul>
    </ChartSection>
  )
}

function Conflicts({ figures: { days, endings, devices } }: { figures: SyncFigures }) {
  const { t, number, date } = useWords()
  const count = days.reduce((sum, day) => sum + day.conflicts, 0)
  const listed = (rows: SyncFigures['endings'], noName: string): string =>
    rows.map(({ name, conflicts }) => `${name === '' ? noName : name} (${number(conflicts)})`).join(', ')
  return (
    <Section title={t('syncPage.conflicts.title')}>
      <Card>
        {endings.length === 0 ? (
          <Text size="sm">{t('syncPage.conflicts.none')}</Text>
        ) : (
          <ChartFigure
            label={t('syncFigures.conflictsChart')}
            caption={t('syncFigures.conflictsSum', { count })}
            data={days.map((day) => ({ date: date(day.date), conflicts: day.conflicts }))}
            dataKey="date"
            series={[{ name: 'conflicts', label: t('syncPage.conflicts.title'), color: 'harbour.6' }]}
            upright
            heightPx={DAYS_PX}
            format={number}
          >
            <ul className={styles.words}>
              <li>{t('syncFigures.endings', { list: listed(endings, t('syncFigures.noEnding')) })}</li>
              {devices.length > 0 && <li>{t('syncFigures.devices', { list: listed(devices, '–') })}</li>}
            </ul>
          </ChartFigure>
        )}
      </Card>
    </Section>
  )
}
