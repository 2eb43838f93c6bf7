import { Group } from '@mantine/core'
import { useWords } from '../../words/use-words.ts'
import styles from './retention.module.css'

/** What the two looks of the strip mean. */
export function StripLegend() {
  const { t } = useWords()
  return (
    <Group gap="md" className={styles.legend} aria-hidden>
      <span>
        <i className={styles.kept} /> {t('retention.legendKept')}
      </span>
      <span>
        <i className={styles.gone} /> {t('retention.legendGone')}
      </span>
    </Group>
  )
}
