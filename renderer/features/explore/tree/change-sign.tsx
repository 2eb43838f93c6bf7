import type { DataChange } from '../../../../main/contract/index.ts'
import { useWords } from '../../../words/use-words.ts'
import styles from '../explore.module.css'

const SIGNS: Record<DataChange['change'], string> = { added: '+', removed: '−', changed: '~', moved: '↕' }

/** What happened to a value: a sign of its own shape, and its word for who listens. */
export function ChangeSign({ change }: { change: DataChange['change'] }) {
  const { t } = useWords()
  return (
    <span className={`${styles.sign} ${styles[change]}`} title={t(`explorePage.changes.${change}`)}>
      <span aria-hidden>{SIGNS[change]}</span>
      <span className={styles.heard}>{t(`explorePage.changes.${change}`)}</span>
    </span>
  )
}
