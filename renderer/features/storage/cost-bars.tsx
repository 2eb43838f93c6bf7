import '@mantine/charts/styles.css'
import { BarChart } from '@mantine/charts'
import { useWords } from '../../words/use-words.ts'
import type { MonthCost } from './costs-by-currency.ts'

const LEGEND_PX = 50

/** A bar a place: what it cost so far, and what is likely to come. The cards of the places say the same, so it is a picture only. */
export default function CostBars({
  costs,
  currency,
  heightPx,
}: {
  costs: readonly MonthCost[]
  currency: string
  heightPx: number
}) {
  const { t, money } = useWords()
  return (
    <div aria-hidden>
      <BarChart
        h={heightPx + LEGEND_PX}
        data={costs.map((cost) => ({ ...cost }))}
        dataKey="place"
        type="stacked"
        orientation="vertical"
        series={[
          { name: 'soFar', label: t('healthPage.costSoFar'), color: 'harbour.6' },
          { name: 'rest', label: t('healthPage.costRest'), color: 'harbour.3' },
        ]}
        valueFormatter={(amount) => money(amount, currency)}
        withLegend
        withXAxis={false}
        gridAxis="none"
        yAxisProps={{ width: 140 }}
        maxBarWidth={22}
        barChartProps={{ accessibilityLayer: false }}
        barProps={{ isAnimationActive: false }}
      />
    </div>
  )
}
