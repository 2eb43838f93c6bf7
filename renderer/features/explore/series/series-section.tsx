import { Group, Loader, Select, Stack, Switch } from '@mantine/core'
import { useState } from 'react'
import type { CallInput, SeriesPoint } from '../../../../main/contract/index.ts'
import { Card } from '../../../components/card.tsx'
import { EmptyNote } from '../../../components/empty-note.tsx'
import { DayRange } from '../../../components/forms/day-range.tsx'
import { Section } from '../../../components/section.tsx'
import { useAnswer } from '../../../store/use-answer.ts'
import { useSlice } from '../../../store/use-engine.ts'
import { useWords } from '../../../words/use-words.ts'
import { PathField } from '../path-field.tsx'
import { Problem } from '../problem.tsx'
import type { Spot } from '../spot.ts'
import { SeriesFigure } from './series-figure.tsx'
import { numbersOf } from './series-shape.ts'
import { SeriesSteps } from './series-steps.tsx'
import { SeriesTable } from './series-table.tsx'

const AMOUNTS = ['20', '50', '100', '250', '500', '1000']

type FileSpot = Spot & { readonly path: string }

/** How a value developed over backups: as a line or as steps, and as a table of the same. */
export default function SeriesSection({
  spot,
  onChange,
}: {
  spot: FileSpot
  onChange: (part: Partial<Spot>) => void
}) {
  const { t } = useWords()
  const [amount, setAmount] = useState('100')
  const [from, setFrom] = useState('')
  const [to, setTo] = useState('')
  const [changesOnly, setChangesOnly] = useState(false)
  const recent = useSlice('recent')
  const input: CallInput<'data.series'> = {
    path: spot.path,
    select: spot.select ?? '',
    limit: Number(amount),
    changesOnly,
    ...(spot.plan && { plan: spot.plan }),
    ...(from && { from }),
    ...(to && { to }),
  }
  const { data, error, busy, again } = useAnswer('data.series', input, recent?.backups[0]?.id)
  return (
    <Section title={t('explorePage.sections.series')} testId="series-section">
      <Card>
        <Stack gap="md" aria-busy={busy}>
          <PathField
            value={spot.select ?? ''}
            onChange={(select) => onChange({ select: select || undefined })}
          />
          <Group align="flex-end" gap="sm">
            <Select
              w={190}
              label={t('explorePage.amount')}
              allowDeselect={false}
              data={AMOUNTS.map((value) => ({
                value,
                label: t('explorePage.newestOf', { count: Number(value) }),
              }))}
              value={amount}
              onChange={(value) => value && setAmount(value)}
            />
            <DayRange from={from} to={to} onFrom={setFrom} onTo={setTo} />
            <Switch
              mb={8}
              label={t('explorePage.changesOnly')}
              checked={changesOnly}
              onChange={(event) => setChangesOnly(event.currentTarget.checked)}
            />
          </Group>
          {error && <Problem error={error} onAgain={again} />}
          {!data && !error && <Loader size="sm" aria-label={t('common.loading')} />}
          {data && !error && (
            <Points points={data.points} isCut={data.truncated} isThinned={changesOnly} spot={spot} />
          )}
        </Stack>
      </Card>
    </Section>
  )
}

function Points({
  points,
  isCut,
  isThinned,
  spot,
}: {
  points: readonly SeriesPoint[]
  isCut: boolean
  isThinned: boolean
  spot: FileSpot
}) {
  const { t } = useWords()
  if (points.length === 0) return <EmptyNote text={t('explorePage.noPoints')} />
  const numbers = numbersOf(points)
  return (
    <>
      {numbers ? (
        <SeriesFigure points={points} name={spot.select ?? spot.path} />
      ) : (
        <SeriesSteps points={points} isThinned={isThinned} />
      )}
      <SeriesTable points={points} isCut={isCut} spot={spot} />
    </>
  )
}
