import { Group, Radio, Stack, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { ErrorNote } from '../../components/error-note.tsx'
import { backupLook } from '../../components/states.ts'
import { BackupCalendar } from '../../components/times/backup-calendar.tsx'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { ToneBadge } from '../../components/tone.tsx'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './restore.module.css'
import { lookInto, type RestoreOrder } from './restore-order.ts'

const LISTED = 50

/** Which backup is looked into: the newest ones, those that match what is typed, or those of a day. */
export function BackupChoice({
  order,
  onChange,
  withCalendar,
}: {
  order: RestoreOrder
  onChange: (part: Partial<RestoreOrder>) => void
  withCalendar: boolean
}) {
  const { t, bytes, exact } = useWords()
  const [typed, setTyped] = useState('')
  const [day, setDay] = useState<string>()
  const [search] = useDebouncedValue(typed.trim(), 250)
  const ofDay = withCalendar ? day : undefined
  const answer = useAnswer('backup.list', {
    limit: LISTED,
    ...(search && !withCalendar ? { search } : {}),
    ...(ofDay === undefined ? {} : { from: ofDay, to: ofDay }),
  })
  const usable = (answer.data?.backups ?? []).filter(
    (backup) => backup.state === 'complete' || backup.state === 'incomplete',
  )
  const [newest] = usable
  const chosen = order.backup
  const isNarrowed = search !== '' || ofDay !== undefined
  // The backup someone came with may be older than those listed.
  const listed =
    chosen && !isNarrowed && !usable.some(({ id }) => id === chosen.id) ? [chosen, ...usable] : usable

  useEffect(() => {
    if (!chosen && newest) onChange(lookInto(order, newest))
  }, [chosen, newest, order, onChange])

  const choose = (id: string): void => {
    const backup = listed.find((each) => each.id === id)
    if (backup) onChange(lookInto(order, backup))
  }

  return (
    <Stack gap="sm">
      {withCalendar ? (
        <BackupCalendar filter={{}} chosen={day} onChoose={setDay} />
      ) : (
        <TextInput
          aria-label={t('restore.pointSearch')}
          placeholder={t('backups.searchPlaceholder')}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      )}
      {answer.error && <ErrorNote error={answer.error} />}
      <Radio.Group label={t('restore.point')} value={chosen?.id ?? ''} onChange={choose}>
        <div className={styles.backups}>
          {listed.map((backup) => (
            <Radio.Card key={backup.id} value={backup.id} className={styles.choice} radius="md">
              <Group gap="sm" wrap="nowrap">
                <Radio.Indicator />
                <div className={styles.grow}>
                  <Text size="sm" fw={600} truncate>
                    {backup.planName ?? t('backups.oneOff')}
                    {backup.id === newest?.id && !isNarrowed && (
                      <Text span size="xs" c="dimmed" fw={400}>
                        {' '}
                        · {t('restore.latest')}
                      </Text>
                    )}
                  </Text>
                  <Text size="xs" c="dimmed">
                    <RelativeTime at={backup.createdAt} /> · {exact(backup.createdAt)}
                  </Text>
                  {backup.state === 'incomplete' && (
                    <ToneBadge {...backupLook.incomplete}>{t('backups.state.incomplete')}</ToneBadge>
                  )}
                </div>
                <Text size="xs" className={styles.amount}>
                  {bytes(backup.sizeBytes)}
                </Text>
              </Group>
            </Radio.Card>
          ))}
        </div>
      </Radio.Group>
      {answer.data && listed.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('backups.emptyFilter')}
        </Text>
      )}
    </Stack>
  )
}
