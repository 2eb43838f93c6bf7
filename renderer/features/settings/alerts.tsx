import { Button, Group, Stack, Switch, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import type { Channel, Settings } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { SettingRow } from '../../components/forms/setting-row.tsx'
import { Section } from '../../components/section.tsx'
import { channelLook } from '../../components/states.ts'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { ToneBadge } from '../../components/tone.tsx'
import { useAction } from '../../store/use-action.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { ChannelDialog } from './channel-dialog.tsx'

/** Who is told elsewhere when something is wrong: added, tried, taken away. */
export function Alerts({
  settings,
  onChange,
}: {
  settings: Settings
  onChange: (change: Partial<Settings>) => void
}) {
  const { t } = useWords()
  const status = useSlice('status')?.current
  const list = useAnswer('alert.list', {}, status?.problems.length)
  const [adding, setAdding] = useState(false)
  const channels = list.data ?? []
  return (
    <Section
      title={t('alerts.title')}
      testId="alerts"
      aside={
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => setAdding(true)}
        >
          {t('alerts.add')}
        </Button>
      }
    >
      <Card>
        <Text size="sm" c="dimmed" mb="sm">
          {t('alerts.hint')}
        </Text>
        {list.error && <ErrorNote error={list.error} />}
        {list.data && channels.length === 0 && <Text mb="sm">{t('alerts.none')}</Text>}
        {channels.map((channel) => (
          <ChannelRow channel={channel} onChanged={list.again} key={channel.id} />
        ))}
        <SettingRow label={t('alerts.weeklyDigest')} hint={t('alerts.weeklyDigestHint')}>
          {(label) => (
            <Switch
              {...label}
              checked={settings.weeklyDigest}
              onChange={(event) => onChange({ weeklyDigest: event.currentTarget.checked })}
            />
          )}
        </SettingRow>
      </Card>
      <ChannelDialog
        opened={adding}
        onClose={() => setAdding(false)}
        onAdded={() => {
          setAdding(false)
          list.again()
        }}
      />
    </Section>
  )
}

function ChannelRow({ channel, onChanged }: { channel: Channel; onChanged: () => void }) {
  const { t } = useWords()
  const test = useAction('alert.test')
  const remove = useAction('alert.remove')
  const [removing, setRemoving] = useState(false)
  const [arrived, setArrived] = useState(false)
  const params = { channel: channel.name }

  const tryOut = async (): Promise<void> => {
    setArrived(false)
    const result = await test.act({ id: channel.id })
    setArrived(result?.ok === true)
    onChanged()
  }
  const takeAway = async (): Promise<void> => {
    if (!(await remove.act({ id: channel.id }))) return
    setRemoving(false)
    onChanged()
  }

  return (
    <Stack gap={6} pb="md" data-testid="channel">
      <Group justify="space-between" gap="sm">
        <div>
          <Group gap="sm">
            <Text fw={540}>{channel.name}</Text>
            <ToneBadge {...channelLook[channel.state]}>{t(`alerts.state.${channel.state}`)}</ToneBadge>
          </Group>
          <Text size="sm" c="dimmed">
            {t(`alerts.kinds.${channel.type}`)} · {channel.address}
            {channel.lastSentAt && (
              <>
                {' · '}
                {t('alerts.lastSent')} <RelativeTime at={channel.lastSentAt} />
              </>
            )}
            {channel.waiting > 0 && <> · {t('alerts.waiting', { count: channel.waiting })}</>}
          </Text>
        </div>
        <Group gap="xs">
          <Button
            size="xs"
            variant="default"
            loading={test.busy}
            onClick={tryOut}
            aria-label={t('alerts.testLabel', params)}
          >
            {t('alerts.testNow')}
          </Button>
          <Button
            size="xs"
            variant="default"
            onClick={() => setRemoving(true)}
            aria-label={t('alerts.removeLabel', params)}
          >
            {t('alerts.remove')}
          </Button>
        </Group>
      </Group>
      <Text size="sm" role="status">
        {arrived ? t('alerts.testOk') : ''}
      </Text>
      {channel.error && !arrived && <ErrorNote error={channel.error} place={channel.name} />}
      {test.error && <ErrorNote error={test.error} place={channel.name} />}
      <ConfirmDialog
        opened={removing}
        onClose={() => setRemoving(false)}
        title={t('alerts.removeTitle', params)}
        body={t('alerts.removeBody')}
        confirm={t('alerts.removeConfirm', params)}
        busy={remove.busy}
        error={remove.error}
        onConfirm={takeAway}
      />
    </Stack>
  )
}
