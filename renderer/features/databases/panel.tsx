import { Paper, Stack, Text } from '@mantine/core'
import { type ReactNode, useId } from 'react'

/** A form inside a dialog or drawer that is open already: a second dialog over it would be one too many. */
export function Panel({ title, testId, children }: { title: string; testId: string; children: ReactNode }) {
  const id = useId()
  return (
    <Paper withBorder p="md" mt="sm" w="100%" role="group" aria-labelledby={id} data-testid={testId}>
      <Stack>
        <Text id={id} fw={600}>
          {title}
        </Text>
        {children}
      </Stack>
    </Paper>
  )
}
