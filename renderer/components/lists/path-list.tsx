import { ActionIcon, Text } from '@mantine/core'
import { IconDatabase, IconFolder, IconX } from '@tabler/icons-react'
import { isDatabaseAddress } from '../../../main/contract/index.ts'
import styles from './path-list.module.css'

/** Folders, files or databases one below the other, each with a way to take it out where `onRemove` is given. */
export function PathList({
  paths,
  label,
  removeLabel,
  onRemove,
}: {
  paths: readonly string[]
  label: string
  removeLabel?: (path: string) => string
  onRemove?: (path: string) => void
}) {
  return (
    <ul className={styles.list} aria-label={label}>
      {paths.map((path) => (
        <li key={path}>
          {isDatabaseAddress(path) ? (
            <IconDatabase size={16} aria-hidden />
          ) : (
            <IconFolder size={16} aria-hidden />
          )}
          <Text size="sm" className={styles.path}>
            {path}
          </Text>
          {onRemove && (
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={removeLabel?.(path)}
              onClick={() => onRemove(path)}
            >
              <IconX size={14} />
            </ActionIcon>
          )}
        </li>
      ))}
    </ul>
  )
}
