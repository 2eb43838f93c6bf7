import '@mantine/charts/styles.css'
import { BarChart } from '@mantine/charts'

/** One colour and name of the bars. */
export interface BarSeries {
  readonly name: string
  readonly label: string
  readonly color: string
}

/** Bars beside or above each other. `upright`: a bar a day; else a bar a name, with its name at the left. A picture only: the words are beside it. */
export default function Bars({
  data,
  dataKey,
  series,
  upright = false,
  heightPx,
  format,
}: {
  data: readonly Record<string, string | number>[]
  dataKey: string
  series: readonly BarSeries[]
  upright?: boolean
  heightPx: number
  format: (value: number) => string
}) {
  return (
    <div aria-hidden>
      <BarChart
        h={heightPx}
        data={data.map((row) => ({ ...row }))}
        dataKey={dataKey}
        type="stacked"
        orientation={upright ? 'horizontal' : 'vertical'}
        series={series.map((each) => ({ ...each }))}
        valueFormatter={format}
        withLegend={series.length > 1}
        withXAxis={false}
        withYAxis={!upright}
        gridAxis="none"
        yAxisProps={{ width: 140 }}
        maxBarWidth={22}
        barChartProps={{ accessibilityLayer: false }}
        barProps={{ isAnimationActive: false }}
      />
    </div>
  )
}
