import { ActionIcon, CopyButton, Popover, Text, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy, IconTerminal2 } from '@tabler/icons-react'
import { useRoute } from '../../store/route.ts'
import { useWords } from '../../words/use-words.ts'
import { commandLines } from './command-lines.ts'
import frame from './frame.module.css'
import styles from './terminal-button.module.css'

/** How to do in a terminal what this page does: one press away on every page. */
export function TerminalButton() {
  const { t } = useWords()
  const lines = commandLines(useRoute())
  return (
    <Popover position="right-end" withArrow trapFocus returnFocus shadow="md">
      <Popover.Target>
        <button type="button" className={styles.button} title={t('terminal.open')}>
          <IconTerminal2 size={20} stroke={1.8} aria-hidden />
          <span className={frame.label}>{t('terminal.open')}</span>
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="sm" fw={600}>
          {t('terminal.title')}
        </Text>
        <ul className={styles.lines}>
          {lines.map((line) => (
            <li key={line}>
              <code>{line}</code>
              <CopyButton value={line}>
                {({ copied, copy }) => (
                  <Tooltip label={t(copied ? 'common.copied' : 'common.copy')}>
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      onClick={copy}
                      aria-label={t('common.copyNamed', { name: line })}
                    >
                      {copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
                    </ActionIcon>
                  </Tooltip>
                )}
              </CopyButton>
            </li>
          ))}
        </ul>
        <Text size="xs" c="dimmed">
          {t('terminal.help')}
        </Text>
      </Popover.Dropdown>
    </Popover>
  )
}
