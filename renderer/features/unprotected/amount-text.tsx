import { Text } from '@mantine/core'
import type { LeftOut } from '../../../main/contract/index.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './unprotected.module.css'

/** How much it is: bytes, then files; "at least" where counting ended before its end. */
export function AmountText({ amount }: { amount: Pick<LeftOut, 'files' | 'bytes' | 'isWhole'> | undefined }) {
  const { t, bytes } = useWords()
  if (!amount)
    return (
      <Text size="sm" c="dimmed" className={styles.amount}>
        {t('unprotectedPage.notCounted')}
      </Text>
    )
  const size = bytes(amount.bytes)
  return (
    <div className={`${styles.amount} tabular`}>
      <Text fw={600}>{amount.isWhole ? size : t('unprotectedPage.atLeast', { size })}</Text>
      <Text size="sm" c="dimmed">
        {t('count.files', { count: amount.files })}
      </Text>
    </div>
  )
}
