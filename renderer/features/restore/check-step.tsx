import { Button, Checkbox, Group, Loader, Stack, Text, Title } from '@mantine/core'
import { IconCircleCheck, IconCircleX, IconHistory, IconInfoCircle } from '@tabler/icons-react'
import { useState } from 'react'
import type { CallOutput } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { ToneDisc } from '../../components/tone.tsx'
import { useAction } from '../../store/use-action.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import { CopiesRead } from './copies-read.tsx'
import styles from './restore.module.css'
import { type RestoreOrder, restoreInputOf } from './restore-order.ts'

type Preflight = CallOutput<'restore.preflight'>

/** What would happen and whether it can. It cannot start while a check fails, nor into a folder with files without a tick. */
export function CheckStep({
  order,
  onChange,
  onStarted,
}: {
  order: RestoreOrder
  onChange: (part: Partial<RestoreOrder>) => void
  onStarted: (runId: string) => void
}) {
  const { t } = useWords()
  const input = restoreInputOf(order)
  const answer = useAnswer('restore.preflight', input ?? null)
  const start = useAction('restore.start')
  const [agreed, setAgreed] = useState(false)
  const preflight = answer.data
  const needsTick = preflight !== undefined && !preflight.targetEmpty
  const open = !answer.busy && preflight?.ok === true && (!needsTick || agreed)

  const begin = async (): Promise<void> => {
    if (!input) return
    const started = await start.act({ ...input, expectedBytes: preflight?.bytes })
    if (started) onStarted(started.runId)
  }

  return (
    <Stack gap="lg">
      <Title order={2} size="h4">
        {t('restore.checkTitle')}
      </Title>
      {answer.busy && (
        <Group gap="sm" role="status">
          <Loader size="sm" aria-hidden />
          <Text size="sm">{t('restore.checking')}</Text>
        </Group>
      )}
      {answer.error && <ErrorNote error={answer.error} />}
      {preflight && !answer.busy && (
        <>
          <Checks preflight={preflight} />
          <CopiesRead parts={preflight.parts} order={order} onChange={onChange} />
          <Forecast preflight={preflight} />
          {needsTick && (
            <Checkbox
              label={t(order.target === 'file' ? 'restore.fileThereAgree' : 'restore.notEmptyAgree', {
                into: order.into,
              })}
              checked={agreed}
              onChange={(event) => setAgreed(event.currentTarget.checked)}
            />
          )}
        </>
      )}
      {start.error && <ErrorNote error={start.error} />}
      <Group justify="flex-end" gap="sm">
        {!open && !answer.busy && (
          <Text size="sm" c="dimmed" flex={1}>
            {t(preflight?.ok ? 'restore.lockedTick' : 'restore.locked')}
          </Text>
        )}
        <Button variant="default" onClick={answer.again} disabled={answer.busy}>
          {t('restore.checkAgain')}
        </Button>
        <Button
          disabled={!open}
          loading={start.busy}
          leftSection={<IconHistory size={17} aria-hidden />}
          onClick={begin}
        >
          {t('restore.start')}
        </Button>
      </Group>
    </Stack>
  )
}

function Checks({ preflight }: { preflight: Preflight }) {
  const { t, sentence } = useWords()
  return (
    <ul className={styles.checks} data-testid="checks">
      {preflight.checks.map((check) => {
        const note = check.id === 'target' && check.ok && !preflight.targetEmpty
        return (
          <li key={check.id} data-ok={check.ok}>
            <ToneDisc
              size={30}
              tone={check.ok ? (note ? 'warn' : 'ok') : 'bad'}
              icon={check.ok ? (note ? IconInfoCircle : IconCircleCheck) : IconCircleX}
            />
            <div>
              <Text size="xs" c="dimmed">
                {t(`restore.check.${check.id}`)}: {t(check.ok ? 'restore.checkOk' : 'restore.checkFailed')}
              </Text>
              <Text size="sm" fw={550}>
                {sentence(check.sentence)}
              </Text>
            </div>
          </li>
        )
      })}
    </ul>
  )
}

function Forecast({ preflight }: { preflight: Preflight }) {
  const { t, bytes, number, duration } = useWords()
  const numbers = [
    ['restore.newFiles', number(preflight.newFiles)],
    ['restore.replaced', number(preflight.replaced)],
    ['restore.unchanged', number(preflight.unchanged)],
    ['restore.leftAlone', number(preflight.leftAlone)],
    ['restore.toWrite', bytes(preflight.bytes)],
    ['restore.download', bytes(preflight.downloadBytes)],
  ] as const
  return (
    <section aria-label={t('restore.plan')}>
      <dl className={styles.numbers}>
        {numbers.map(([label, value]) => (
          <div key={label}>
            <dt>{t(label)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Text size="sm" c="dimmed" mt="sm">
        {preflight.estimatedMs === undefined
          ? t('restore.timeUnknown')
          : t('restore.timeAbout', { time: duration(preflight.estimatedMs) })}
      </Text>
    </section>
  )
}
