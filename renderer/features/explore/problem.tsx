import { Box, Button, Group, Stack, Text } from '@mantine/core'
import { IconCloudOff } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { WireError } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { ToneDisc } from '../../components/tone.tsx'
import { useWords } from '../../words/use-words.ts'
import styles from './explore.module.css'

/** Why something could not be read, with what to do. A place that cannot be reached now is said calmly: nothing is wrong with what lies there. */
export function Problem({
  error,
  onAgain,
  children,
}: {
  error: WireError
  onAgain?: () => void
  children?: ReactNode
}) {
  const words = useWords()
  const again = onAgain && (
    <Button size="xs" variant="default" onClick={onAgain}>
      {words.t('common.retry')}
    </Button>
  )
  if (error.retry !== 'wait')
    return (
      <ErrorNote error={error}>
        {again}
        {children}
      </ErrorNote>
    )
  const { what, safe, todo } = words.error(error)
  return (
    <Box role="status" className={styles.calm} data-testid="waits">
      <ToneDisc tone="calm" icon={IconCloudOff} size={34} />
      <Stack gap={6} miw={0} flex={1}>
        <Text fw={600}>{what}</Text>
        <Text size="sm">
          {safe} {todo}
        </Text>
        <Group gap="sm">
          {again}
          {children}
        </Group>
      </Stack>
    </Box>
  )
}
