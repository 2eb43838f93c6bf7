import { Button, Group, Stack, Text } from '@mantine/core'
import { CopyField } from '../../../components/forms/copy-field.tsx'
import { useAnswer } from '../../../store/use-answer.ts'
import { useSlice } from '../../../store/use-engine.ts'
import { useWords } from '../../../words/use-words.ts'
import { httpLines, stdioLines } from './mcp-lines.ts'

/** A new key, shown once, with what to paste into an AI agent. */
export function ClientLines({ token, onClose }: { token: string; onClose: () => void }) {
  const { t } = useWords()
  const settings = useSlice('settings')?.current
  const info = useAnswer('app.info', {})
  const url = useSlice('api')?.current.url
  return (
    <Stack>
      <Text>{t('apiKeys.shownOnce')}</Text>
      <CopyField label={t('apiKeys.token')} value={token} />
      {info.data && (
        <CopyField label={t('explorePage.access.stdio')} value={stdioLines(info.data.home, token)} />
      )}
      {url === undefined ? (
        <Text size="sm" c="dimmed">
          {t('explorePage.access.httpNeeds')}
        </Text>
      ) : (
        <CopyField label={t('explorePage.access.http')} value={httpLines(url, token)} />
      )}
      {settings && !settings.serveData && <Text size="sm">{t('explorePage.access.switchOn')}</Text>}
      <Group justify="flex-end">
        <Button onClick={onClose} data-autofocus>
          {t('common.done')}
        </Button>
      </Group>
    </Stack>
  )
}
