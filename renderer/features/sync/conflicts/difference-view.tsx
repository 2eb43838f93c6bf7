import { SegmentedControl, Skeleton, Text } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { useWords } from '../../../words/use-words.ts'
import styles from '../sync.module.css'

const LineDiff = lazy(() => import('../../../components/lists/line-diff.tsx'))

type View = 'both' | 'here' | 'there'

/** What differs between two of the three texts of a conflict, line by line. */
export function DifferenceView({
  base,
  here,
  there,
}: {
  base: string | undefined
  here: string
  there: string
}) {
  const { t } = useWords()
  const [view, setView] = useState<View>('both')
  const titles = {
    base: t('syncPage.conflicts.base'),
    here: t('syncPage.conflicts.here'),
    there: t('syncPage.conflicts.there'),
  }
  const [left, right] =
    view === 'both' || base === undefined
      ? [
          { title: titles.here, text: here },
          { title: titles.there, text: there },
        ]
      : [
          { title: titles.base, text: base },
          view === 'here' ? { title: titles.here, text: here } : { title: titles.there, text: there },
        ]
  return (
    <section aria-label={t('syncPage.conflicts.differences')} className={styles.differences}>
      <div className={styles.differencesHead}>
        <Text fw={640}>{t('syncPage.conflicts.differences')}</Text>
        {base !== undefined && (
          <SegmentedControl
            size="xs"
            aria-label={t('syncPage.conflicts.compareWhat')}
            data={[
              { value: 'both', label: t('syncPage.conflicts.view.both') },
              { value: 'here', label: t('syncPage.conflicts.view.here') },
              { value: 'there', label: t('syncPage.conflicts.view.there') },
            ]}
            value={view}
            onChange={(value) => setView(value as View)}
          />
        )}
      </div>
      <Suspense fallback={<Skeleton h={160} />}>
        <LineDiff left={left} right={right} />
      </Suspense>
    </section>
  )
}
