import { Button, Group, Text } from '@mantine/core'
import type { HeldDeletions } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { HeldFrame } from '../../components/kept-folder/held-frame.tsx'
import shared from '../../components/kept-folder/kept-folder.module.css'
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
    <HeldFrame label={t('syncPage.held.title')} testId="held">
      <Text fw={640}>{t(direction === 'out' ? 'syncPage.held.out' : 'syncPage.held.in', words)}</Text>
      <Text size="sm">{t('syncPage.held.nothingYet')}</Text>
      <ul className={styles.examples}>
        {examples.slice(0, 4).map((path) => (
          <li key={path} className={shared.anywhere}>
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
    </HeldFrame>
  )
}
