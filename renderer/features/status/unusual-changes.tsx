import { Button, Group, Stack, Text } from '@mantine/core'
import type { GuardAlarm, Status } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { Section } from '../../components/section.tsx'
import { levelLook } from '../../components/states.ts'
import { ToneDisc } from '../../components/tone.tsx'
import { goTo } from '../../store/route.ts'
import { useAction } from '../../store/use-action.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './status-page.module.css'

/** Changes that look unlike the person, each with what to do about it. `version`: the status that tells when to ask again. */
export function UnusualChanges({ version }: { version: Status }) {
  const { t } = useWords()
  const isTold = version.problems.some(({ id }) => id.startsWith('unusual-change/'))
  const { data } = useAnswer('guard.list', isTold ? {} : null, version)
  if (!isTold || !data) return null
  return (
    <Section title={t('guard.title')} testId="unusual-changes">
      {data.map((alarm) => (
        <AlarmCard alarm={alarm} key={alarm.planId} />
      ))}
    </Section>
  )
}

function AlarmCard({ alarm }: { alarm: GuardAlarm }) {
  const { t, sentence } = useWords()
  const accept = useAction('guard.accept')
  const { planName: plan, backupId, goodBackupId, signals } = alarm
  return (
    <Card className={styles.problem} role="group" data-testid="unusual-change">
      <ToneDisc {...levelLook.failed} size={38} />
      <Stack gap={6} miw={0} flex={1}>
        <Text fw={640}>{sentence(alarm.sentence)}</Text>
        <Text size="sm">{signals.map((signal) => t(`guard.signal.${signal}`)).join(' · ')}</Text>
        <Text size="sm">{t('reportTodo.unusualChange', { plan })}</Text>
        <Group gap="xs" mt={4}>
          <Button
            size="xs"
            variant="default"
            loading={accept.busy}
            onClick={() => accept.act({ name: backupId })}
          >
            {t('guard.accept')}
          </Button>
          <Button size="xs" variant="default" onClick={() => goTo('backups', backupId)}>
            {t('guard.files')}
          </Button>
          <Button size="xs" variant="default" onClick={() => goTo('restore', goodBackupId)}>
            {t('guard.restore')}
          </Button>
        </Group>
        {accept.error && <ErrorNote error={accept.error} />}
      </Stack>
    </Card>
  )
}
