import { Skeleton, Stack } from '@mantine/core'
import { lazy, Suspense } from 'react'
import type { PlaceHealth } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { Section } from '../../components/section.tsx'
import { useWords } from '../../words/use-words.ts'
import { costsByCurrency } from './costs-by-currency.ts'
import styles from './storage.module.css'

const CostBars = lazy(() => import('./cost-bars.tsx'))
const BAR_PX = 44

/** What the places cost this month, beside each other; nothing where no prices are known. Amounts of two currencies are never added. */
export function CostSection({ places }: { places: readonly Pick<PlaceHealth, 'placeName' | 'cost'>[] }) {
  const { t, money } = useWords()
  const currencies = costsByCurrency(places)
  if (currencies.length === 0) return null
  return (
    <Section title={t('healthPage.costTitle')} testId="costs">
      <Card>
        <Stack gap="xl">
          {currencies.map(({ currency, soFar, forecast, costs }) => (
            <figure
              key={currency}
              className={styles.trend}
              aria-label={t('healthPage.costChart', { currency })}
            >
              <figcaption className={styles.caption}>
                {t('healthPage.costTotal', {
                  soFar: money(soFar, currency),
                  forecast: money(forecast, currency),
                })}
              </figcaption>
              <Suspense fallback={<Skeleton h={costs.length * BAR_PX} />}>
                <CostBars costs={costs} currency={currency} heightPx={costs.length * BAR_PX} />
              </Suspense>
            </figure>
          ))}
        </Stack>
      </Card>
    </Section>
  )
}
