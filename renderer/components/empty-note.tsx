import { Group, Stack, Text } from '@mantine/core'
import { type Icon, IconSparkles } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Picture, type PictureName } from './picture.tsx'
import { ToneDisc } from './tone.tsx'

/** Nothing here: good news, or the next step. */
export function EmptyNote({
  text,
  icon = IconSparkles,
  picture,
  children,
}: {
  text: string
  icon?: Icon
  /** In place of the icon, where the note is all that a page shows. */
  picture?: PictureName | undefined
  children?: ReactNode
}) {
  return (
    <Stack align="center" gap="sm" py="xl" px="md">
      {picture ? <Picture name={picture} /> : <ToneDisc tone="ok" icon={icon} size={52} />}
      <Text ta="center" maw={420}>
        {text}
      </Text>
      {children && <Group gap="sm">{children}</Group>}
    </Stack>
  )
}
