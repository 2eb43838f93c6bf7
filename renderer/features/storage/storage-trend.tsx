import '@mantine/charts/styles.css'
import { AreaChart } from '@mantine/charts'
import type { PlaceHealth } from '../../../main/contract/index.ts'
import { useWords } from '../../words/use-words.ts'

/** How much lay in a place, day by day. What it shows stands in the caption too, so it is a picture only. */
export default function StorageTrend({ trend, label }: { trend: PlaceHealth['trend']; label: string }) {
  const { bytes, date } = useWords()
  return (
    <div aria-hidden>
      <AreaChart
        h={120}
        data={trend.map((sample) => ({ date: date(sample.date), bytes: sample.bytes }))}
        dataKey="date"
        series={[{ name: 'bytes', label, color: 'harbour.6' }]}
        valueFormatter={bytes}
        curveType="linear"
        withDots={false}
        withXAxis={false}
        withYAxis={false}
        gridAxis="none"
        areaChartProps={{ accessibilityLayer: false }}
        areaProps={{ isAnimationActive: false }}
      />
    </div>
  )
}
