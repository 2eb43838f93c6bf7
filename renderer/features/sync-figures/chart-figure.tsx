import { Skeleton, Text } from '@mantine/core'
import { type ComponentProps, lazy, type ReactNode, Suspense } from 'react'
import styles from './sync-figures.module.css'

// The drawing of charts is as large as half the window: it comes when a chart is looked at.
const Bars = lazy(() => import('./bars.tsx'))

/** What a chart says in words, and the chart. */
export function ChartFigure({
  label,
  caption,
  children,
  ...bars
}: ComponentProps<typeof Bars> & {
  readonly label: string
  readonly caption: string
  readonly children?: ReactNode
}) {
  return (
    <figure className={styles.figure} aria-label={label} data-testid="sync-figure">
      <figcaption>
        <Text size="sm" mb={8}>
          {caption}
        </Text>
        {children}
      </figcaption>
      <Suspense fallback={<Skeleton h={bars.heightPx} />}>
        <Bars {...bars} />
      </Suspense>
    </figure>
  )
}
