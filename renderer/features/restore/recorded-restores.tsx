import { Button, Text } from '@mantine/core'
import { IconArrowBackUp } from '@tabler/icons-react'
import { useState } from 'react'
import { Card } from '../../components/card.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { Section } from '../../components/section.tsx'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { useAnswer } from '../../store/use-answer.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './restore.module.css'
import { UndoDialog } from './undo-dialog.tsx'

const SHOWN = 5

/** Restores of before, each to be taken back while that can be done. Nothing where there were none. */
export function RecordedRestores() {
  const { t, exact } = useWords()
  const runs = Object.values(useSlice('runs') ?? {})
  const ended = runs.filter(
    ({ kind, state }) => (kind === 'undo' || kind === 'restore') && state !== 'running',
  )
  const { data, error } = useAnswer('restore.list', {}, ended.length)
  const [undoing, setUndoing] = useState<string>()
  const [isOpen, setIsOpen] = useState(false)
  if (error) return <ErrorNote error={error} />
  if (!data || data.length === 0) return null
  return (
    <Section title={t('restore.before')} testId="recorded-restores">
      <Card p={0}>
        <ul className={styles.recorded}>
          {data.slice(0, SHOWN).map(({ id, at, into, state }) => (
            <li key={id} data-state={state}>
              <div className={styles.grow}>
                <Text size="sm" fw={560} className={styles.anywhere}>
                  {into}
                </Text>
                <Text size="xs" c="dimmed">
                  <RelativeTime at={at} />
                  {state !== 'undoable' && ` · ${t(`restore.recordState.${state}`)}`}
                </Text>
              </div>
              {state === 'undoable' && (
                <Button
                  size="xs"
                  variant="default"
                  leftSection={<IconArrowBackUp size={15} aria-hidden />}
                  aria-label={t('restore.undoNamed', { at: exact(at) })}
                  onClick={() => {
                    setUndoing(id)
                    setIsOpen(true)
                  }}
                >
                  {t('restore.undo')}
                </Button>
              )}
            </li>
          ))}
        </ul>
      </Card>
      {undoing !== undefined && <UndoDialog id={undoing} opened={isOpen} onClose={() => setIsOpen(false)} />}
    </Section>
  )
}
