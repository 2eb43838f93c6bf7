import { Button, Group, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconCircleX, IconShieldCheck } from '@tabler/icons-react'
import { useState } from 'react'
import type { CallOutput } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { CopyField } from '../../components/forms/copy-field.tsx'
import { ToneDisc } from '../../components/tone.tsx'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './activity.module.css'

type Verdict = CallOutput<'audit.verify'>

/** Checks every byte of the log, and says whether anybody changed it. */
export function CheckLog() {
  const { t } = useWords()
  const verify = useAction('audit.verify')
  const [verdict, setVerdict] = useState<Verdict>()
  return (
    <Card>
      <Group justify="space-between" gap="md">
        <div className={styles.words}>
          <Text fw={640}>{t('activity.check')}</Text>
          <Text size="sm" c="dimmed">
            {t('activity.checkHint')}
          </Text>
        </div>
        <Button
          variant="default"
          loading={verify.busy}
          onClick={async () => setVerdict(await verify.act({}))}
        >
          {t('activity.checkNow')}
        </Button>
      </Group>
      {verify.error && <ErrorNote error={verify.error} />}
      {verdict && <VerdictNote verdict={verdict} />}
    </Card>
  )
}

function VerdictNote({ verdict }: { verdict: Verdict }) {
  const { t } = useWords()
  const { problem, begins, entries, end, unsigned, missed, isKeptKnown } = verdict
  const notes = [
    unsigned > 0 && t('cli.log.unsigned', { count: unsigned }),
    missed > 0 && t('cli.log.missed', { count: missed }),
    !isKeptKnown && t('cli.log.closed'),
  ].filter((note) => typeof note === 'string')
  const look = problem
    ? ({ tone: 'bad', icon: IconCircleX } as const)
    : notes.length > 0
      ? ({ tone: 'warn', icon: IconAlertTriangle } as const)
      : ({ tone: 'ok', icon: IconShieldCheck } as const)
  return (
    <div className={styles.verdict} role="status" data-testid="log-verdict">
      <ToneDisc {...look} size={34} />
      <Stack gap={6} miw={0} flex={1}>
        <Text fw={640}>
          {problem ? t('cli.log.bad', { number: problem.number }) : t('cli.log.ok', { count: entries })}
        </Text>
        {problem && (
          <Text size="sm">
            {t(`cli.log.problem.${problem.kind}`)} {t('cli.log.good', { count: entries })}
          </Text>
        )}
        {!problem && begins > 1 && <Text size="sm">{t('cli.log.begins', { number: begins })}</Text>}
        {notes.map((note) => (
          <Text size="sm" key={note}>
            {note}
          </Text>
        ))}
        {!problem && entries > 0 && (
          <CopyField label={t('activity.end')} value={`${end.number}:${end.hash}`} />
        )}
      </Stack>
    </div>
  )
}
