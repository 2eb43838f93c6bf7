import { Box, Group, Stack, Text } from '@mantine/core'
import { IconAlertCircle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { WireError } from '../../main/contract/index.ts'
import { useWords } from '../words/use-words.ts'
import styles from './error-note.module.css'
import { Facts } from './facts.tsx'
import { ToneDisc } from './tone.tsx'

/** A failure in three sentences: what happened, what is safe, what to do. Announced at once. */
export function ErrorNote({
  error,
  place,
  title,
  children,
}: {
  error: WireError
  place?: string
  title?: string
  children?: ReactNode
}) {
  const words = useWords()
  const text = words.error(error, place)
  return (
    <Box role="alert" className={styles.note}>
      <ToneDisc tone="bad" icon={IconAlertCircle} size={34} />
      <Stack gap={6} miw={0} flex={1}>
        {title && <Text fw={650}>{title}</Text>}
        <Text fw={title ? undefined : 650}>{text.what}</Text>
        <Text size="sm">
          {text.safe} {text.todo}
        </Text>
        <Facts facts={text.facts} />
        {children && <Group gap="sm">{children}</Group>}
      </Stack>
    </Box>
  )
}
