import type { ReactNode } from 'react'
import styles from './figures.module.css'

/** Figures of one thing beside each other, as many in a row as fit. */
export function Figures({ children }: { children: ReactNode }) {
  return <dl className={styles.figures}>{children}</dl>
}

/** What it is, and how much. */
export function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}
