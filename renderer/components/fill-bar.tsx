import type { Verdict } from '../../main/contract/index.ts'
import styles from './fill-bar.module.css'

const looks: Record<Verdict, string | undefined> = {
  healthy: undefined,
  attention: styles.attention,
  failing: styles.failing,
}

/** How much of a whole is taken, and how much of it by others. The figures stand beside it in words. */
export function FillBar({
  own,
  others = 0,
  whole,
  verdict = 'healthy',
}: {
  own: number
  others?: number
  whole: number
  verdict?: Verdict
}) {
  return (
    <div className={styles.bar} aria-hidden>
      <span className={`${styles.own} ${looks[verdict] ?? ''}`} style={widthOf(own, whole)} />
      {others > 0 && <span className={styles.others} style={widthOf(others, whole)} />}
    </div>
  )
}

function widthOf(part: number, whole: number): { width: string } {
  return { width: `${Math.min(100, (part / whole) * 100).toFixed(2)}%` }
}
