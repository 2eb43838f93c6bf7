import { Text } from '@mantine/core'
import { type ReactNode, useId } from 'react'
import styles from './setting-row.module.css'

/** A setting: its name and reason on the left, its control on the right, joined for screen readers. */
export function SettingRow({
  label,
  hint,
  children,
}: {
  label: string
  hint?: string
  children: (props: { 'aria-label': string; 'aria-describedby'?: string }) => ReactNode
}) {
  const hintId = useId()
  return (
    <div className={styles.row}>
      <div className={styles.words}>
        <Text fw={540}>{label}</Text>
        {hint && (
          <Text size="sm" c="dimmed" id={hintId}>
            {hint}
          </Text>
        )}
      </div>
      {children({ 'aria-label': label, ...(hint ? { 'aria-describedby': hintId } : {}) })}
    </div>
  )
}
