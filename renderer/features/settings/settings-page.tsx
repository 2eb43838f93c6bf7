import { Button, SegmentedControl, Select, Stack, Switch } from '@mantine/core'
import { useState } from 'react'
import type { Settings } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { SettingRow } from '../../components/forms/setting-row.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { RunCard } from '../../components/run-card.tsx'
import { Section } from '../../components/section.tsx'
import { useAction } from '../../store/use-action.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { ApiKeys } from '../api-keys/api-keys.tsx'
import { EnvImportDialog } from '../places/env-import.tsx'
import { Security } from '../security/security.tsx'
import { About } from './about.tsx'
import { Alerts } from './alerts.tsx'
import { AutomaticWork } from './automatic-work.tsx'
import { Updates } from './updates.tsx'

const PUSH_SECONDS = [900, 1_800, 3_600, 21_600, 86_400]
const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const

/** Few settings, each with its reason; every change is kept at once. */
export default function SettingsPage() {
  const { t } = useWords()
  const settings = useSlice('settings')?.current
  const info = useAnswer('app.info', {})
  const update = useAction('settings.update')
  if (!settings) return null
  const set = (change: Partial<Settings>): void => void update.act(change)
  const can = info.data?.can

  return (
    <>
      <PageHeader title={t('settings.title')} />
      <Stack gap={32}>
        {update.error && <ErrorNote error={update.error} />}
        <Section title={t('settings.appearance')}>
          <Card>
            <SettingRow label={t('settings.language')}>
              {(label) => (
                <SegmentedControl
                  {...label}
                  data={[
                    { value: 'auto', label: t('settings.languageAuto') },
                    { value: 'en', label: 'English' },
                    { value: 'fr', label: 'Français' },
                  ]}
                  value={settings.language}
                  onChange={(value) => set({ language: value as Settings['language'] })}
                />
              )}
            </SettingRow>
            <SettingRow label={t('settings.theme')}>
              {(label) => (
                <SegmentedControl
                  {...label}
                  data={[
                    { value: 'auto', label: t('settings.themeAuto') },
                    { value: 'light', label: t('settings.themeLight') },
                    { value: 'dark', label: t('settings.themeDark') },
                  ]}
                  value={settings.theme}
                  onChange={(value) => set({ theme: value as Settings['theme'] })}
                />
              )}
            </SettingRow>
          </Card>
        </Section>

        <Section title={t('settings.behaviour')}>
          <Card>
            <SettingRow label={t('settings.notifications')} hint={t('settings.notificationsHint')}>
              {(label) => (
                <Switch
                  {...label}
                  checked={settings.notifications}
                  onChange={(event) => set({ notifications: event.currentTarget.checked })}
                />
              )}
            </SettingRow>
            <SettingRow
              label={t('settings.closeToTray')}
              hint={t(can?.tray === false ? 'settings.notHere' : 'settings.closeToTrayHint')}
            >
              {(label) => (
                <Switch
                  {...label}
                  disabled={can?.tray === false}
                  checked={settings.closeToTray}
                  onChange={(event) => set({ closeToTray: event.currentTarget.checked })}
                />
              )}
            </SettingRow>
            <SettingRow
              label={t('settings.startAtLogin')}
              hint={t(can?.startAtLogin === false ? 'settings.notHere' : 'settings.startAtLoginHint')}
            >
              {(label) => (
                <Switch
                  {...label}
                  disabled={can?.startAtLogin === false}
                  checked={settings.startAtLogin}
                  onChange={(event) => set({ startAtLogin: event.currentTarget.checked })}
                />
              )}
            </SettingRow>
          </Card>
        </Section>

        <Section title={t('settings.delivery')}>
          <Card>
            <SettingRow label={t('settings.autoSync')} hint={t('settings.autoSyncHint')}>
              {(label) => (
                <Switch
                  {...label}
                  checked={settings.autoSync}
                  onChange={(event) => set({ autoSync: event.currentTarget.checked })}
                />
              )}
            </SettingRow>
            <SettingRow label={t('settings.pushInterval')}>
              {(label) => (
                <Select
                  {...label}
                  w={150}
                  allowDeselect={false}
                  data={withCurrent(PUSH_SECONDS, settings.pushIntervalSeconds).map((seconds) => ({
                    value: String(seconds),
                    label:
                      seconds % 3_600 === 0
                        ? t('settings.hours', { count: seconds / 3_600 })
                        : t('settings.minutes', { count: Math.round(seconds / 60) }),
                  }))}
                  value={String(settings.pushIntervalSeconds)}
                  onChange={(value) => value && set({ pushIntervalSeconds: Number(value) })}
                />
              )}
            </SettingRow>
          </Card>
        </Section>

        <AutomaticWork settings={settings} onChange={set} />

        <Alerts settings={settings} onChange={set} />

        <Security />

        <ApiKeys settings={settings} canServe={can?.serveApi === true} onChange={set} />

        <Updates settings={settings} onChange={set} />

        <Maintenance />

        <Section title={t('settings.advanced')}>
          <Card>
            <SettingRow label={t('settings.logLevel')}>
              {(label) => (
                <Select
                  {...label}
                  w={210}
                  allowDeselect={false}
                  data={LOG_LEVELS.map((level) => ({ value: level, label: t(`settings.log.${level}`) }))}
                  value={settings.logLevel}
                  onChange={(value) => value && set({ logLevel: value as Settings['logLevel'] })}
                />
              )}
            </SettingRow>
          </Card>
        </Section>
        {info.data && <About info={info.data} />}
      </Stack>
    </>
  )
}

function Maintenance() {
  const { t } = useWords()
  const rebuild = useAction('catalogue.rebuild')
  const verify = useAction('backup.verify')
  const [importing, setImporting] = useState(false)
  const runs = Object.values(useSlice('runs') ?? {})
  const shown = runs.filter(
    (run) => (run.kind === 'rebuild' || run.kind === 'verify') && run.state === 'running',
  )
  const error = rebuild.error ?? verify.error
  return (
    <Section title={t('settings.maintenance')}>
      <Card>
        <SettingRow label={t('settings.verify')} hint={t('settings.verifyHint')}>
          {() => (
            <Button variant="default" loading={verify.busy} onClick={() => verify.act({})}>
              {t('settings.verifyStart')}
            </Button>
          )}
        </SettingRow>
        <SettingRow label={t('settings.rebuild')} hint={t('settings.rebuildHint')}>
          {() => (
            <Button variant="default" loading={rebuild.busy} onClick={() => rebuild.act({})}>
              {t('settings.rebuildStart')}
            </Button>
          )}
        </SettingRow>
        <SettingRow label={t('settings.import')} hint={t('settings.importHint')}>
          {() => (
            <Button variant="default" onClick={() => setImporting(true)}>
              {t('settings.importStart')}
            </Button>
          )}
        </SettingRow>
        {error && <ErrorNote error={error} />}
      </Card>
      {shown.length > 0 && (
        <Stack mt="md">
          {shown.map((run) => (
            <RunCard run={run} key={run.id} />
          ))}
        </Stack>
      )}
      <EnvImportDialog opened={importing} onClose={() => setImporting(false)} />
    </Section>
  )
}

/** The offered numbers and the current one, should it be another. */
function withCurrent(offered: readonly number[], current: number): number[] {
  return [...new Set([...offered, current])].sort((a, b) => a - b)
}
