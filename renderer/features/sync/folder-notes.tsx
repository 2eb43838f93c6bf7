import { Anchor, Stack, Text } from '@mantine/core'
import { type ReactElement, useState } from 'react'
import type { SyncedFolder } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import shared from '../../components/kept-folder/kept-folder.module.css'
import { RunCard } from '../../components/run-card.tsx'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { HeldNote } from './held-note.tsx'
import styles from './sync.module.css'

const SHOWN_AT_FIRST = 3

/** What is to be said about a synced folder beyond its figures: work that runs, deletions that wait, what went wrong. */
export function FolderNotes({ folder }: { folder: SyncedFolder }) {
  const { placeName, held, error, problems, leftOut } = folder
  const runs = Object.values(useSlice('runs') ?? {}).filter(
    ({ state, aboutIds }) => state === 'running' && aboutIds?.length === 1 && aboutIds[0] === folder.id,
  )
  return (
    <>
      {runs.map((run) => (
        <RunCard run={run} key={run.id} />
      ))}
      {held && <HeldNote folderId={folder.id} held={held} />}
      {error && <ErrorNote error={error} place={placeName} />}
      {problems.length > 0 && <FolderProblems problems={problems} placeName={placeName} />}
      {leftOut && <FolderLeftOut leftOut={leftOut} />}
    </>
  )
}

function FolderProblems({ problems, placeName }: Pick<SyncedFolder, 'problems' | 'placeName'>) {
  const { t, error: say } = useWords()
  const count = problems.length
  const lines = problems.map(({ path, error }) => {
    const text = say({ ...error, data: { path, ...error.data } }, placeName)
    return (
      <li key={path}>
        <Stack gap={0}>
          <span className={`mono ${shared.anywhere}`}>{path}</span>
          <Text size="sm">
            {text.what} {text.todo}
          </Text>
        </Stack>
      </li>
    )
  })
  return (
    <NamedThings
      title={t('syncPage.problemsTitle')}
      heading={t('syncPage.problemsCount', { count })}
      showAll={t('syncPage.allProblems', { count })}
      count={count}
      lines={lines}
      testId="sync-problems"
    />
  )
}

/** Nothing is wrong with it, but nobody must believe that the other devices have it. */
function FolderLeftOut({ leftOut: { count, first } }: { leftOut: NonNullable<SyncedFolder['leftOut']> }) {
  const { t } = useWords()
  const lines = first.map(({ path, reason }) => (
    <li key={path}>
      <span className={`mono ${shared.anywhere}`}>{path}</span>{' '}
      <Text span size="sm" c="dimmed">
        {t(`sync.leftOutReason.${reason}`)}
      </Text>
    </li>
  ))
  return (
    <NamedThings
      title={t('syncPage.leftOut.title')}
      heading={t('syncPage.leftOut.count', { count })}
      showAll={t('syncPage.leftOut.all', { count })}
      count={count}
      lines={lines}
      testId="sync-left-out"
    />
  )
}

interface NamedThingsProps {
  title: string
  heading: string
  showAll: string
  /** All there are; of very many not all come here. */
  count: number
  lines: readonly ReactElement[]
  testId: string
}

/** A few of them, and all that came when asked for. */
function NamedThings({ title, heading, showAll, count, lines, testId }: NamedThingsProps) {
  const { t } = useWords()
  const [all, setAll] = useState(false)
  return (
    <section className={styles.named} aria-label={title} data-testid={testId}>
      <Text fw={620} size="sm">
        {heading}
      </Text>
      <ul>
        {all ? lines : lines.slice(0, SHOWN_AT_FIRST)}
        {all && count > lines.length && <li>{t('syncPage.held.more', { count: count - lines.length })}</li>}
      </ul>
      {!all && count > SHOWN_AT_FIRST && (
        <Anchor component="button" type="button" size="sm" onClick={() => setAll(true)}>
          {showAll}
        </Anchor>
      )}
    </section>
  )
}
