import { Group, Radio, Stack, Text } from '@mantine/core'
import { IconPackage, IconShieldLock } from '@tabler/icons-react'
import type { Plan } from '../../../main/contract/index.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './format-choice.module.css'

/** How backups are stored; a sentence each says what that means for the person. */
export type BackupFormat = Plan['format']

const choices = [
  { format: 'snapshot', icon: IconShieldLock },
  { format: 'archive', icon: IconPackage },
] as const

/** Encrypted snapshots, which most people want, or portable archives. */
export function FormatChoice({
  value,
  onChange,
}: {
  value: BackupFormat
  onChange: (format: BackupFormat) => void
}) {
  const { t } = useWords()
  return (
    <Radio.Group
      label={t('formats.label')}
      value={value}
      onChange={(chosen) => onChange(chosen === 'archive' ? 'archive' : 'snapshot')}
    >
      <div className={styles.choices}>
        {choices.map(({ format, icon: FormatIcon }) => (
          <Radio.Card key={format} value={format} className={styles.choice} radius="md">
            <Group gap="sm" wrap="nowrap" align="flex-start">
              <Radio.Indicator mt={2} />
              <Stack gap={2}>
                <Group gap={8}>
                  <FormatIcon size={18} stroke={1.8} aria-hidden />
                  <Text fw={600} size="sm">
                    {t(`formats.${format}`)}
                  </Text>
                  {format === 'snapshot' && (
                    <span className={styles.recommended}>{t('formats.recommended')}</span>
                  )}
                </Group>
                <Text size="xs" c="dimmed">
                  {t(`formats.${format}Hint`)}
                </Text>
              </Stack>
            </Group>
          </Radio.Card>
        ))}
      </div>
    </Radio.Group>
  )
}
