import { Anchor, Stack, Switch, Text } from '@mantine/core'
import { Card } from '../../../components/card.tsx'
import { ErrorNote } from '../../../components/error-note.tsx'
import { SettingRow } from '../../../components/forms/setting-row.tsx'
import { Section } from '../../../components/section.tsx'
import { addressOf } from '../../../store/route.ts'
import { useAction } from '../../../store/use-action.ts'
import { useSlice } from '../../../store/use-engine.ts'
import { useWords } from '../../../words/use-words.ts'
import { CacheRow } from './cache-row.tsx'
import { Clients } from './clients.tsx'

/** Which programs may read what is in backups, how far, and how much they did. */
export default function AccessSection() {
  const { t } = useWords()
  const settings = useSlice('settings')?.current
  const update = useAction('settings.update')
  if (!settings) return null
  return (
    <Stack gap={32} data-testid="access-section">
      <Section title={t('explorePage.access.programs')}>
        <Card>
          {update.error && <ErrorNote error={update.error} />}
          <SettingRow label={t('explorePage.access.serve')} hint={t('explorePage.access.serveHint')}>
            {(label) => (
              <Switch
                {...label}
                checked={settings.serveData}
                onChange={(event) => void update.act({ serveData: event.currentTarget.checked })}
              />
            )}
          </SettingRow>
          {settings.serveData && !settings.serveApi && (
            <Text size="sm" py="sm">
              {t('explorePage.access.noApi')}{' '}
              <Anchor size="sm" underline="always" href={addressOf('settings')}>
                {t('explorePage.access.toSettings')}
              </Anchor>
            </Text>
          )}
          <Text size="sm" c="dimmed" pt="sm">
            {t('explorePage.access.never')}
          </Text>
        </Card>
      </Section>
      <Clients isServed={settings.serveData} />
      <Section title={t('explorePage.access.cache')}>
        <Card>
          <CacheRow />
        </Card>
      </Section>
    </Stack>
  )
}
