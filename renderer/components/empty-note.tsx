import { Group, Stack, Text } from '@mantine/core'
import { type Icon, IconSparkles } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { ToneDisc } from './tone.tsx'

/** Nothing here: good news, or the next step. */
export function EmptyNote({
  text,
  icon = IconSparkles,
  children,
}: {
  text: string
  icon?: Icon
  children?: ReactNode
}) {
  return (
    <Stack align="center" gap="sm" py="xl" px="md">
      <ToneDisc tone="ok" icon={icon} size={52} />
      <Text ta="center" maw={420}>
        {text}
      </Text>
      {children && <Group gap="sm">{children}</Group>}
    </Stack>
  )
}
