import '@mantine/charts/styles.css'
import { LineChart } from '@mantine/charts'
import type { SeriesPoint } from '../../../../main/contract/index.ts'
import { dayOf } from '../../../components/times/month-days.ts'
import { useWords } from '../../../words/use-words.ts'

/** Dots of more points touch each other. */
const MOST_DOTS = 120

/** Numbers over time as a line, open where there is none. A picture only: the words are beside it. */
export default function SeriesChart({
  points,
  numbers,
  reached,
  heightPx,
}: {
  points: readonly SeriesPoint[]
  numbers: readonly (number | null)[]
  reached: number | undefined
  heightPx: number
}) {
  const { t, date, exact, decimal } = useWords()
  const times = points.map(({ createdAt }) => Date.parse(createdAt))
  const at = reached === undefined ? undefined : times[reached]
  const [first = 0, last = 0] = [times[0], times.at(-1)]
  // The box of figures asks for a name also where the pointer is at none.
  const timeOf = (time: unknown): string =>
    typeof time === 'number' ? exact(new Date(time).toISOString()) : ''
  return (
    <div aria-hidden>
      <LineChart
        h={heightPx}
        data={points.map((_, index) => ({ at: times[index], value: numbers[index] }))}
        dataKey="at"
        series={[{ name: 'value', label: t('explorePage.value'), color: 'harbour.6' }]}
        valueFormatter={decimal}
        curveType="linear"
        connectNulls={false}
        withDots={points.length <= MOST_DOTS}
        dotProps={{ r: 3 }}
        gridAxis="x"
        xAxisProps={{
          type: 'number',
          scale: 'time',
          domain: first === last ? [first - 1, last + 1] : ['dataMin', 'dataMax'],
          tickFormatter: (time: number) => date(dayOf(new Date(time))),
          minTickGap: 24,
        }}
        yAxisProps={{ domain: ['auto', 'auto'], width: 72 }}
        tooltipProps={{ labelFormatter: timeOf }}
        {...(at !== undefined && { referenceLines: [{ x: at, color: 'harbour.6' }] })}
        lineChartProps={{ accessibilityLayer: false }}
        lineProps={{ isAnimationActive: false }}
      />
    </div>
  )
}
