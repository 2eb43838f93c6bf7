import { Anchor, Stack, Text } from '@mantine/core'
import { useState } from 'react'
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
  const [all, setAll] = useState(false)
  const shown = all ? problems : problems.slice(0, SHOWN_AT_FIRST)
  return (
    <section className={styles.problems} aria-label={t('syncPage.problemsTitle')} data-testid="sync-problems">
      <Text fw={620} size="sm">
        {t('syncPage.problemsCount', { count: problems.length })}
      </Text>
      <ul>
        {shown.map(({ path, error }) => {
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
        })}
      </ul>
      {!all && problems.length > SHOWN_AT_FIRST && (
        <Anchor component="button" type="button" size="sm" onClick={() => setAll(true)}>
          {t('syncPage.allProblems', { count: problems.length })}
        </Anchor>
      )}
    </section>
  )
}

/** Nothing is wrong with it, but nobody must believe that the other devices have it. */
function FolderLeftOut({ leftOut: { count, first } }: { leftOut: NonNullable<SyncedFolder['leftOut']> }) {
  const { t } = useWords()
  const [all, setAll] = useState(false)
  const shown = all ? first : first.slice(0, SHOWN_AT_FIRST)
  return (
    <section className={styles.leftOut} aria-label={t('syncPage.leftOut.title')} data-testid="sync-left-out">
      <Text fw={620} size="sm">
        {t('syncPage.leftOut.count', { count })}
      </Text>
      <ul>
        {shown.map(({ path, reason }) => (
          <li key={path}>
            <span className={`mono ${shared.anywhere}`}>{path}</span>{' '}
            <Text span size="sm" c="dimmed">
              {t(`sync.leftOutReason.${reason}`)}
            </Text>
          </li>
        ))}
        {all && count > first.length && <li>{t('syncPage.held.more', { count: count - first.length })}</li>}
      </ul>
      {!all && count > SHOWN_AT_FIRST && (
        <Anchor component="button" type="button" size="sm" onClick={() => setAll(true)}>
          {t('syncPage.leftOut.all', { count })}
        </Anchor>
      )}
    </section>
  )
}
