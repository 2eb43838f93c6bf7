import { Button, Group, Stack, Text } from '@mantine/core'
import { IconHandStop } from '@tabler/icons-react'
import type { HeldDeletions } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { ToneDisc } from '../../components/tone.tsx'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './sync.module.css'

/** Many deletions at once, which wait for a person: what would go, and two buttons that say what they do. */
export function HeldNote({ folderId, held }: { folderId: string; held: HeldDeletions }) {
  const { t, number } = useWords()
  const decide = useAction('sync.decide')
  const { direction, files, of, examples } = held
  const words = { count: files, of: number(of) }
  const settle = (decision: 'approve' | 'restore') =>
    void decide.act({ id: folderId, heldId: held.id, decision })
  return (
    <section className={styles.held} aria-label={t('syncPage.held.title')} data-testid="held">
      <ToneDisc tone="warn" icon={IconHandStop} size={38} />
      <Stack gap={6} miw={0} flex={1}>
        <Text fw={640}>{t(direction === 'out' ? 'syncPage.held.out' : 'syncPage.held.in', words)}</Text>
        <Text size="sm">{t('syncPage.held.nothingYet')}</Text>
        <ul className={styles.examples}>
          {examples.slice(0, 4).map((path) => (
            <li key={path} className={styles.anywhere}>
              {path}
            </li>
          ))}
          {files > Math.min(4, examples.length) && (
            <li>{t('syncPage.held.more', { count: files - Math.min(4, examples.length) })}</li>
          )}
        </ul>
        <Group gap="xs" mt={4}>
          <Button variant="default" loading={decide.busy} onClick={() => settle('restore')}>
            {t(direction === 'out' ? 'syncPage.held.restoreOut' : 'syncPage.held.restoreIn')}
          </Button>
          <Button variant="default" loading={decide.busy} onClick={() => settle('approve')}>
            {t(direction === 'out' ? 'syncPage.held.approveOut' : 'syncPage.held.approveIn', words)}
          </Button>
        </Group>
        {decide.error && <ErrorNote error={decide.error} />}
      </Stack>
    </section>
  )
}
