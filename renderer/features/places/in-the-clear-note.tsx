import { Group, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { isInTheClear } from '../../../main/contract/index.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './places.module.css'

/** Says that others on the way may read what goes to an address; nothing where they cannot. */
export function InTheClearNote({ endpoint }: { endpoint: string | undefined }) {
  const { t } = useWords()
  if (!isInTheClear(endpoint)) return null
  return (
    <Group gap={8} wrap="nowrap" align="flex-start" data-testid="in-the-clear">
      <IconAlertTriangle size={18} className={styles.noteIcon} aria-hidden />
      <Text size="sm">{t('places.inTheClear')}</Text>
    </Group>
  )
}
