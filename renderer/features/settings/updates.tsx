import { Button, Progress, SegmentedControl, Text } from '@mantine/core'
import type { Settings, UpdateState } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import styles from '../../components/forms/setting-row.module.css'
import { SettingRow } from '../../components/forms/setting-row.tsx'
import { Section } from '../../components/section.tsx'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { useAction } from '../../store/use-action.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'

/** Newer versions: what happens by itself, how it stands, and the one next step. */
export function Updates({
  settings,
  onChange,
}: {
  settings: Settings
  onChange: (change: Partial<Settings>) => void
}) {
  const { t } = useWords()
  const update = useSlice('update')?.current
  if (!update) return null
  if (update.state === 'off')
    return (
      <Section title={t('settings.updates.title')}>
        <Card>{t('settings.updates.off')}</Card>
      </Section>
    )
  return (
    <Section title={t('settings.updates.title')}>
      <Card>
        <SettingRow label={t('settings.updates.title')} hint={t('settings.updates.hint')}>
          {(label) => (
            <SegmentedControl
              {...label}
              data={(['auto', 'ask', 'never'] as const).map((value) => ({
                value,
                label: t(`settings.updates.${value}`),
              }))}
              value={settings.updates}
              onChange={(value) => onChange({ updates: value as Settings['updates'] })}
            />
          )}
        </SettingRow>
        <NextStep update={update} />
      </Card>
    </Section>
  )
}

function NextStep({ update }: { update: UpdateState }) {
  const { t, share } = useWords()
  const check = useAction('update.check')
  const apply = useAction('update.apply')
  const { state, version = '', share: loaded = 0, checkedAt } = update
  const said = state === 'idle' && checkedAt === undefined ? 'idleNever' : state
  const error = check.error ?? apply.error
  return (
    <>
      <div className={styles.row} data-testid="update" data-state={state}>
        <div className={styles.words} role="status">
          {t(`settings.updates.${said}`, { version, percent: share(loaded) })}
          {checkedAt && state === 'idle' && (
            <Text size="sm" c="dimmed">
              {t('settings.updates.checked')} <RelativeTime at={checkedAt} />
            </Text>
          )}
        </div>
        {state === 'available' || state === 'ready' ? (
          <Button loading={apply.busy} onClick={() => apply.act({})}>
            {t(state === 'ready' ? 'settings.updates.restart' : 'settings.updates.load')}
          </Button>
        ) : (
          <Button
            variant="default"
            loading={check.busy || state === 'checking'}
            disabled={state === 'loading'}
            onClick={() => check.act({})}
          >
            {t('settings.updates.check')}
          </Button>
        )}
      </div>
      {state === 'loading' && (
        <Progress value={loaded * 100} mb="sm" aria-label={t('settings.updates.state')} />
      )}
      {error && <ErrorNote error={error} />}
    </>
  )
}
