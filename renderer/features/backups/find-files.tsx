import { Anchor, Loader, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconFile, IconFolder, IconSearch } from '@tabler/icons-react'
import { useState } from 'react'
import type { FoundFile } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { Section } from '../../components/section.tsx'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { addressOf } from '../../store/route.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './find-files.module.css'

/** Shorter names match nearly everything. */
const SHORTEST = 2

/** Every version of a file by its name, over all backups: people look for a file, not for a backup. */
export function FindFiles() {
  const { t } = useWords()
  const [typed, setTyped] = useState('')
  const [name] = useDebouncedValue(typed.trim(), 300)
  const wanted = name.length >= SHORTEST
  const answer = useAnswer('backup.find', wanted ? { name } : null)
  const found = wanted ? answer.data : undefined
  return (
    <Section title={t('find.title')} testId="find">
      <Card>
        <TextInput
          aria-label={t('find.label')}
          placeholder={t('find.placeholder')}
          leftSection={<IconSearch size={16} aria-hidden />}
          rightSection={answer.busy && <Loader size={16} aria-label={t('common.loading')} />}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        {wanted && answer.error && <ErrorNote error={answer.error} />}
        {found && (
          <ul className={styles.found}>
            {found.matches.map((match) => (
              <Match
                key={`${match.path} ${match.modifiedAt} ${match.sizeBytes} ${match.backupId}`}
                match={match}
              />
            ))}
          </ul>
        )}
        {found && (found.truncated || (found.matches.length === 0 && !found.unsearched)) && (
          <Text size="sm" c="dimmed" mt="sm" role="status">
            {t(found.truncated ? 'find.more' : 'find.none')}
          </Text>
        )}
        {found?.unsearched && (
          <Text size="sm" c="dimmed" mt="sm" role="status">
            {t('find.unsearched', { places: found.unsearched.join(', ') })}
          </Text>
        )}
      </Card>
    </Section>
  )
}

function Match({ match }: { match: FoundFile }) {
  const { t, bytes, exact } = useWords()
  const KindIcon = match.kind === 'directory' ? IconFolder : IconFile
  return (
    <li>
      <KindIcon size={18} stroke={1.7} aria-hidden />
      <div className={styles.grow}>
        <Anchor
          href={addressOf('backups', match.backupId)}
          aria-label={t('find.openBackup', { name: match.path })}
          className={styles.path}
        >
          {match.path}
        </Anchor>
        <Text size="xs" c="dimmed">
          {exact(match.modifiedAt)} · {t('find.in', { count: match.backups })}, {t('find.newest')}{' '}
          <RelativeTime at={match.createdAt} />
        </Text>
      </div>
      <Text size="sm" className="tabular">
        {match.kind === 'file' && bytes(match.sizeBytes)}
      </Text>
    </li>
  )
}
