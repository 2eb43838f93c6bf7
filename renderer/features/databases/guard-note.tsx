import { Group, Skeleton, Text } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck, IconCircleDashed, IconCircleX } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { LogGuard } from '../../../main/contract/index.ts'
import type { Look } from '../../components/states.ts'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { ToneBadge } from '../../components/tone.tsx'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords, type Words } from '../../words/use-words.ts'

const HOUR_MS = 3_600_000
/** With less than this a person has to look soon. */
const SHORT_HOURS = 24

/** Whether a server's log is archived, and how long its disk would hold it otherwise. */
export function GuardNote({ name, version }: { name: string; version: string }) {
  const words = useWords()
  const { t, bytes, duration, error: say } = words
  const { data: guard, error } = useAnswer('databases.guard', { name }, version)
  const failed = error ?? guard?.error
  if (failed) {
    const { what, todo } = say(failed)
    return (
      <Note look={{ tone: 'warn', icon: IconCircleDashed }} word={t('databasesPage.guard.unknown')}>
        {what} {todo}
      </Note>
    )
  }
  if (!guard) return <Skeleton h={24} maw={420} />
  const { hoursLeft, lastArchivedAt, logBytes, waitingSegments } = guard
  const [look, word] = verdictOf(guard, words)
  return (
    <Note look={look} word={word}>
      {lastArchivedAt && (
        <>
          {t('databasesPage.guard.last')} <RelativeTime at={lastArchivedAt} />
          {' · '}
        </>
      )}
      {t('databasesPage.guard.log', { size: bytes(logBytes), count: waitingSegments })}
      {hoursLeft !== undefined && ` · ${t('databasesPage.guard.space', { time: spaceText(hoursLeft) })}`}
    </Note>
  )

  /** No more exact than anybody can know. */
  function spaceText(hours: number): string {
    return duration(hours < 2 ? hours * HOUR_MS : Math.round(hours) * HOUR_MS)
  }
}

function Note({ look, word, children }: { look: Look; word: string; children: ReactNode }) {
  return (
    <Group gap="sm" data-testid="guard">
      <ToneBadge {...look}>{word}</ToneBadge>
      <Text size="sm" flex="1 1 300px">
        {children}
      </Text>
    </Group>
  )
}

function verdictOf(
  { isArchiving, failedCount, hoursLeft = Number.POSITIVE_INFINITY, waitingSegments }: LogGuard,
  { t }: Words,
): readonly [Look, string] {
  if (!isArchiving) return [{ tone: 'bad', icon: IconCircleX }, t('databasesPage.guard.off')]
  if (failedCount > 0)
    return [{ tone: 'bad', icon: IconCircleX }, t('databasesPage.guard.failing', { count: failedCount })]
  if (hoursLeft < SHORT_HOURS && waitingSegments > 0)
    return [{ tone: 'warn', icon: IconAlertTriangle }, t('databasesPage.guard.short')]
  return [{ tone: 'ok', icon: IconCircleCheck }, t('databasesPage.guard.archiving')]
}
