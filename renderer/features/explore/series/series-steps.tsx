import { Button, Text } from '@mantine/core'
import { useState } from 'react'
import type { SeriesPoint } from '../../../../main/contract/index.ts'
import { SeenText } from '../../../components/seen-text.tsx'
import { useWords } from '../../../words/use-words.ts'
import styles from '../explore.module.css'
import { type Step, stepsOf } from './series-shape.ts'
import { usePointText } from './use-point-text.ts'

const SHOWN = 50

/** What is no number, as steps: what it was, from when until when. Newest first. */
export function SeriesSteps({
  points,
  isThinned,
}: {
  points: readonly SeriesPoint[]
  /** Points that are equal to the one before are left out: nobody can count them. */
  isThinned: boolean
}) {
  const { t } = useWords()
  const [most, setMost] = useState(SHOWN)
  const steps = stepsOf(points).toReversed()
  return (
    <div>
      <Text size="sm" mb="xs">
        {steps.length > 1
          ? t('explorePage.stepsSum', { count: steps.length - 1 })
          : t('explorePage.neverChanged')}
      </Text>
      <ol className={styles.steps} data-testid="series-steps">
        {steps.slice(0, most).map((step) => (
          <StepRow key={step.first.backupId} step={step} isThinned={isThinned} />
        ))}
      </ol>
      {steps.length > most && (
        <Button size="xs" variant="default" onClick={() => setMost(most + SHOWN)}>
          {t('common.showMore')}
        </Button>
      )}
    </div>
  )
}

function StepRow({ step: { first, last, backups }, isThinned }: { step: Step; isThinned: boolean }) {
  const { t, exact } = useWords()
  const textOf = usePointText()
  const [from, to] = [exact(first.createdAt), exact(last.createdAt)]
  const when = first === last ? from : t('explorePage.fromTo', { from, to })
  return (
    <li data-state={first.state}>
      <Text size="sm" className={first.state === 'found' ? styles.stepValue : styles.faint}>
        <SeenText text={textOf(first)} most={300} isOneLine />
      </Text>
      <Text size="xs" c="dimmed">
        {isThinned ? t('explorePage.from', { from }) : `${when} · ${t('find.in', { count: backups })}`}
      </Text>
    </li>
  )
}
