import { Button, CopyButton, Group, Stack, Text } from '@mantine/core'
import { ErrorNote } from '../../components/error-note.tsx'
import { CopyField } from '../../components/forms/copy-field.tsx'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'

/** What its server has to be told, exactly, and what comes after. */
export function ServerSettings({ name, onClose }: { name: string; onClose: () => void }) {
  const { t } = useWords()
  const { data, error } = useAnswer('databases.settings', { name })
  const lines = (data?.settings ?? []).map(({ name, value }) => ({
    name,
    line: `${name} = '${value.replaceAll("'", "''")}'`,
  }))
  return (
    <Stack data-testid="server-settings">
      <Text size="sm">{t('databasesPage.settingsIntro')}</Text>
      {error && <ErrorNote error={error} />}
      {lines.map(({ name, line }) => (
        <CopyField key={name} label={name} value={line} />
      ))}
      <Text size="sm" c="dimmed">
        {t('databasesPage.settingsAfter')}
      </Text>
      <Group justify="flex-end">
        <CopyButton value={lines.map(({ line }) => `${line}\n`).join('')}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy} disabled={lines.length === 0}>
              {t(copied ? 'common.copied' : 'databasesPage.copyAll')}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>{t('common.done')}</Button>
      </Group>
    </Stack>
  )
}
