import { Group, Title } from '@mantine/core'
import { type ReactNode, useId } from 'react'

/** A titled part of a page, a landmark of its own for screen readers. */
export function Section({
  title,
  aside,
  children,
  testId,
}: {
  title: string
  aside?: ReactNode
  children: ReactNode
  testId?: string
}) {
  const id = useId()
  return (
    <section aria-labelledby={id} data-testid={testId}>
      <Group justify="space-between" align="center" wrap="nowrap" mb="sm" mih={30}>
        <Title order={2} size="h4" id={id}>
          {title}
        </Title>
        {aside}
      </Group>
      {children}
    </section>
  )
}
