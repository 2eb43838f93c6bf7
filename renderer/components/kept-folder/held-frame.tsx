import { Stack } from '@mantine/core'
import { IconHandStop } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { ToneDisc } from '../tone.tsx'
import styles from './kept-folder.module.css'

/** Around what waits for a person's word before many files go. */
export function HeldFrame({
  label,
  testId,
  children,
}: {
  label: string
  testId: string
  children: ReactNode
}) {
  return (
    <section className={styles.held} aria-label={label} data-testid={testId}>
      <ToneDisc tone="warn" icon={IconHandStop} size={38} />
      <Stack gap={6} miw={0} flex={1}>
        {children}
      </Stack>
    </section>
  )
}
