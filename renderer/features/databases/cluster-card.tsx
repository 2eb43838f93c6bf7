import { Skeleton, Stack, Text, Title } from '@mantine/core'
import type { PlaceCoverage, ProtectedDatabase, Run } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { Figure, Figures } from '../../components/figures.tsx'
import { RunCard } from '../../components/run-card.tsx'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { useNow } from '../../components/times/use-now.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { ClusterActions } from './cluster-actions.tsx'
import { newestMoment, spanOf } from './coverage-bands.ts'
import { CoverageStrip, StripLegend } from './coverage-strip.tsx'
import { GuardNote } from './guard-note.tsx'

const MINUTE_MS = 60_000

/** A protected cluster: how its log is doing, what can be had back, and what to do with it. */
export function ClusterCard({
  database,
  version,
  onRemoved,
}: {
  database: ProtectedDatabase
  /** Changes when what lies in the places may have changed. */
  version: number
  onRemoved: () => void
}) {
  const { t, number, schedule } = useWords()
  const { id, name, url, baseSchedule, keepDays, lastProven } = database
  const nowMs = useNow(MINUTE_MS)
  const coverage = useAnswer('databases.coverage', { name: id }, version)
  const runs = Object.values(useSlice('runs') ?? {}).filter((run) => isOf(run, database))
  const places = coverage.data?.places
  const newest = places && newestMoment(places)
  return (
    <Card role="group" aria-label={name} data-testid="cluster">
      <Title order={2} size="h4">
        {name}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {url}
      </Text>
      <GuardNote name={id} version={`${version} ${Math.floor(nowMs / MINUTE_MS)}`} />
      <Figures>
        <Figure label={t('databasesPage.newest')}>
          {newest ? <RelativeTime at={newest} /> : places ? t('databasesPage.noMoment') : '…'}
        </Figure>
        <Figure label={t('databasesPage.bases')}>{places ? <Bases places={places} /> : '…'}</Figure>
        <Figure label={t('databasesPage.lastProven')}>
          {lastProven ? (
            <>
              <RelativeTime at={lastProven.at} />
              <Text size="sm" c={lastProven.ok ? 'dimmed' : 'red'}>
                {lastProven.ok
                  ? t('databasesPage.proven', {
                      count: lastProven.tables,
                      rows: number(lastProven.rows),
                    })
                  : t('databasesPage.provenWrong')}
              </Text>
            </>
          ) : (
            t('databasesPage.neverProven')
          )}
        </Figure>
        <Figure label={t('databasesPage.kept')}>
          {t('databasesPage.keptDays', { count: keepDays })}
          <Text size="sm" c="dimmed">
            {t('databasesPage.baseEvery', { schedule: schedule(baseSchedule) })}
          </Text>
        </Figure>
      </Figures>
      {coverage.error && <ErrorNote error={coverage.error} />}
      {!places && !coverage.error && <Skeleton h={90} mb="lg" />}
      {places?.map((place) => (
        <CoverageStrip key={place.placeId} place={place} span={spanOf(places, nowMs)} />
      ))}
      {places?.some(({ timelines }) => timelines.length > 0) && <StripLegend />}
      <Stack mt="lg" gap="sm">
        {runs.map((run) => (
          <RunCard run={run} key={run.id} />
        ))}
        <ClusterActions database={database} places={places ?? []} onRemoved={onRemoved} />
      </Stack>
    </Card>
  )
}

function Bases({ places }: { places: readonly PlaceCoverage[] }) {
  const { t } = useWords()
  const usable = places.flatMap(({ bases }) => bases.filter(({ isUsable }) => isUsable))
  const newest = usable.map(({ endedAt }) => endedAt).sort()
  const last = newest.at(-1)
  if (last === undefined) return t('databasesPage.noBase')
  return (
    <>
      {t('databasesPage.baseCount', { count: new Set(usable.map(({ id }) => id)).size })}
      <Text size="sm" c="dimmed">
        {t('databasesPage.newestBase')} <RelativeTime at={last} />
      </Text>
    </>
  )
}

/** Work on a database as it goes, and what of it failed. A base backup is a backup of a plan that has the database's id. */
function isOf({ kind, planId, label, state }: Run, { id, name }: ProtectedDatabase): boolean {
  const isOurs = planId === id || (['recover', 'prove', 'tidy'].includes(kind) && label === name)
  return isOurs && (state === 'running' || state === 'failed')
}
