import { Text } from '@mantine/core'
import type { PlaceCost } from '../../../main/contract/index.ts'
import { useWords } from '../../words/use-words.ts'

/** What a place costs this month, and by prices of which day. */
export function CostText({ cost }: { cost: PlaceCost }) {
  const { t, money, date } = useWords()
  if (cost.state === 'free') return t('healthPage.costFree')
  if (cost.state === 'unknown') return t('healthPage.costUnknown')
  return (
    <>
      {t('healthPage.costText', {
        soFar: money(cost.monthToDate, cost.currency),
        forecast: money(cost.forecast, cost.currency),
      })}
      <Text size="sm" c="dimmed" title={cost.priceSource}>
        {t(cost.isOwn ? 'healthPage.costOwn' : 'healthPage.costPrices', { date: date(cost.priceDate) })}
      </Text>
    </>
  )
}
