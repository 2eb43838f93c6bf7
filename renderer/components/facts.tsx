import { useWords } from '../words/use-words.ts'
import styles from './error-note.module.css'

/** The bare facts of an error, for who wants to look or has to report it. */
export function Facts({ facts }: { facts: readonly string[] }) {
  const { t } = useWords()
  return (
    <details className={styles.facts}>
      <summary>{t('common.details')}</summary>
      <pre>{facts.join('\n')}</pre>
    </details>
  )
}
