import { Button, Group, Switch, Text } from '@mantine/core'
import { IconCloudCheck, IconPlaneInflight, IconSend, IconTrash } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import type { OutboxItem } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { Section } from '../../components/section.tsx'
import { ToneDisc } from '../../components/tone.tsx'
import { useAction } from '../../store/use-action.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { ClearOutbox } from './clear-outbox.tsx'
import styles from './outbox.module.css'
import { OutboxRow } from './outbox-row.tsx'
import { RemoveItem } from './remove-item.tsx'

const SHOWN = 20

/** Backups that still have to reach a place, and the switch for working offline. */
export function OutboxSection() {
  const { t, bytes } = useWords()
  const recent = useSlice('recent')
  const places = useSlice('places')
  const status = useSlice('status')
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new object whenever anything that may move the queue has changed.
  const version = useMemo(() => ({}), [recent, places, status])
  const outbox = useAnswer('outbox.list', {}, version)
  const setOffline = useAction('offline.set')
  const push = useAction('backup.push')
  const [shown, setShown] = useState(SHOWN)
  const [leaving, setLeaving] = useState<OutboxItem>()
  const [clearing, setClearing] = useState(false)
  const data = outbox.data
  if (!data) return outbox.error ? <ErrorNote error={outbox.error} /> : null
  const { items, logs, offline } = data
  const isEmpty = items.length === 0 && logs.length === 0
  const error = setOffline.error ?? push.error

  const close = (): void => {
    setLeaving(undefined)
    setClearing(false)
    outbox.again()
  }

  return (
    <Section
      title={t('outbox.title')}
      testId="outbox"
      aside={
        <Switch
          label={t('outbox.offline')}
          checked={offline}
          disabled={setOffline.busy}
          labelPosition="left"
          onChange={async (event) => {
            await setOffline.act({ on: event.currentTarget.checked })
            outbox.again()
          }}
        />
      }
    >
      <Card className={isEmpty ? undefined : styles.list}>
        {logs.map(({ databaseId, databaseName: database, placeId, placeName: place, files: count }) => (
          <Text size="sm" key={`${databaseId}/${placeId}`}>
            {t('outbox.log', { place, database, count })}
          </Text>
        ))}
        {isEmpty && (
          <Group gap="md" wrap="nowrap">
            <ToneDisc
              tone={offline ? 'calm' : 'ok'}
              icon={offline ? IconPlaneInflight : IconCloudCheck}
              size={36}
            />
            <Text>{t(offline ? 'outbox.emptyOffline' : 'outbox.empty')}</Text>
          </Group>
        )}
        {items.length > 0 && (
          <>
            <Group justify="space-between" mb="xs">
              <Text size="sm" role="status">
                {t('outbox.waiting', { count: items.length })}
                {' · '}
                {t('outbox.spool', { used: bytes(data.spoolBytes), limit: bytes(data.spoolLimitBytes) })}
              </Text>
              <Group gap="xs">
                <Button
                  size="xs"
                  variant="subtle"
                  leftSection={<IconTrash size={14} aria-hidden />}
                  onClick={() => setClearing(true)}
                >
                  {t('outbox.clear')}
                </Button>
                <Button
                  size="xs"
                  variant="default"
                  leftSection={<IconSend size={14} aria-hidden />}
                  disabled={offline}
                  loading={push.busy}
                  onClick={() => push.act({})}
                >
                  {t('outbox.sendNow')}
                </Button>
              </Group>
            </Group>
            {offline && (
              <Text size="sm" c="dimmed" mb="xs">
                {t('outbox.offlineHint')}
              </Text>
            )}
            <ul className={styles.rows}>
              {items.slice(0, shown).map((item) => (
                <OutboxRow
                  key={`${item.backupId} ${item.placeId}`}
                  item={item}
                  onRemove={() => setLeaving(item)}
                />
              ))}
            </ul>
            {items.length > shown && (
              <Button variant="default" size="xs" mt="xs" onClick={() => setShown(shown + 100)}>
                {t('common.showMore')}
              </Button>
            )}
          </>
        )}
        {error && <ErrorNote error={error} />}
      </Card>
      <RemoveItem
        item={leaving}
        isOnly={items.filter(({ backupId }) => backupId === leaving?.backupId).length === 1}
        onClose={close}
      />
      <ClearOutbox opened={clearing} items={items} onClose={close} />
    </Section>
  )
}
