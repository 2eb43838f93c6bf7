import { Button, Text } from '@mantine/core'
import { ErrorNote } from '../../../components/error-note.tsx'
import { SettingRow } from '../../../components/forms/setting-row.tsx'
import { useAction } from '../../../store/use-action.ts'
import { useAnswer } from '../../../store/use-answer.ts'
import { useWords } from '../../../words/use-words.ts'

/** What is kept on this computer so that it need not be fetched twice. */
export function CacheRow() {
  const { t, bytes } = useWords()
  const { data, error, again } = useAnswer('data.cache', {})
  const clear = useAction('data.clearCache')
  const empty = async (): Promise<void> => {
    if (await clear.act({})) again()
  }
  const failed = clear.error ?? error
  return (
    <>
      {failed && <ErrorNote error={failed} />}
      <SettingRow
        label={
          data
            ? t('explorePage.access.cacheSize', { size: bytes(data.bytes), limit: bytes(data.limitBytes) })
            : t('common.loading')
        }
        hint={t('explorePage.access.cacheHint')}
      >
        {() => (
          <Button
            variant="default"
            loading={clear.busy}
            disabled={!data || data.bytes === 0}
            onClick={() => void empty()}
          >
            {t('explorePage.access.cacheEmpty')}
          </Button>
        )}
      </SettingRow>
      <Text size="sm" role="status">
        {clear.busy || data?.bytes !== 0 ? '' : t('explorePage.access.cacheNothing')}
      </Text>
    </>
  )
}
