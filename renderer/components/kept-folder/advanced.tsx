import { Stack } from '@mantine/core'
import type { ReactNode } from 'react'
import { useWords } from '../../words/use-words.ts'
import styles from './kept-folder.module.css'

/** What few people need, folded away. */
export function Advanced({ children }: { children: ReactNode }) {
  const { t } = useWords()
  return (
    <details>
      <summary className={styles.summary}>{t('common.advanced')}</summary>
      <Stack mt="md">{children}</Stack>
    </details>
  )
}
