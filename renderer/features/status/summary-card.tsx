import { Text } from '@mantine/core'
import { type ReactNode, useId } from 'react'
import { Card } from '../../components/card.tsx'
import type { Look } from '../../components/states.ts'
import { ToneBadge } from '../../components/tone.tsx'
import styles from './summary-card.module.css'

/** One plan or place at a glance: its state, two or three facts, and the way to all of it. */
export function SummaryCard({
  picture,
  name,
  href,
  look,
  state,
  children,
  foot,
  testId,
}: {
  picture: ReactNode
  name: string
  href: string
  look: Look
  state: string
  /** `Fact`s. */
  children: ReactNode
  foot?: ReactNode
  testId: string
}) {
  const id = useId()
  return (
    <Card className={styles.card} role="group" aria-labelledby={id} data-testid={testId}>
      <div className={styles.head}>
        {picture}
        <div className={styles.title}>
          <Text component="h3" id={id} fw={640} truncate title={name} className={styles.name}>
            <a href={href}>{name}</a>
          </Text>
          <ToneBadge {...look}>{state}</ToneBadge>
        </div>
      </div>
      <dl className={styles.facts}>{children}</dl>
      {foot}
    </Card>
  )
}

/** One of a card's facts. */
export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}
