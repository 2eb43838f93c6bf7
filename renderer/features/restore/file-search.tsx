import { Button, Loader, Stack, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconCheck, IconFile, IconFolder, IconPlus, IconSearch } from '@tabler/icons-react'
import { useState } from 'react'
import type { FoundFile } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { useAction } from '../../store/use-action.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './restore.module.css'
import { type RestoreOrder, withItem } from './restore-order.ts'

/** Shorter names match nearly everything. */
const SHORTEST = 2

/** Files and folders by name over all backups, each to be put into the basket. */
export function FileSearch({
  order,
  onChange,
}: {
  order: RestoreOrder
  onChange: (part: Partial<RestoreOrder>) => void
}) {
  const { t } = useWords()
  const [typed, setTyped] = useState('')
  const [name] = useDebouncedValue(typed.trim(), 300)
  const isWanted = name.length >= SHORTEST
  const answer = useAnswer('backup.find', isWanted ? { name } : null)
  const look = useAction('backup.get')
  const found = isWanted ? answer.data : undefined
  const add = async ({ backupId, path }: FoundFile): Promise<void> => {
    const backup = await look.act({ id: backupId })
    if (backup) onChange(withItem(order, { backup, path }))
  }
  return (
    <Stack gap="sm" data-testid="file-search">
      <TextInput
        label={t('find.label')}
        description={t('restore.searchHint')}
        placeholder={t('find.placeholder')}
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={answer.busy && <Loader size={16} aria-label={t('common.loading')} />}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        data-autofocus
      />
      {isWanted && answer.error && <ErrorNote error={answer.error} />}
      {look.error && <ErrorNote error={look.error} />}
      {found && found.matches.length > 0 && (
        <ul className={styles.found}>
          {found.matches.map((match) => (
            <Match
              key={`${match.path} ${match.backupId} ${match.modifiedAt}`}
              match={match}
              isIn={order.items.some(
                ({ backup, path }) => backup.id === match.backupId && path === match.path,
              )}
              onAdd={() => void add(match)}
            />
          ))}
        </ul>
      )}
      {found && (found.truncated || (found.matches.length === 0 && !found.unsearched)) && (
        <Text size="sm" c="dimmed" role="status">
          {t(found.truncated ? 'find.more' : 'find.none')}
        </Text>
      )}
      {found?.unsearched && (
        <Text size="sm" c="dimmed" role="status">
          {t('find.unsearched', { places: found.unsearched.join(', ') })}
        </Text>
      )}
    </Stack>
  )
}

function Match({ match, isIn, onAdd }: { match: FoundFile; isIn: boolean; onAdd: () => void }) {
  const { t, bytes, exact } = useWords()
  const KindIcon = match.kind === 'directory' ? IconFolder : IconFile
  return (
    <li>
      <KindIcon size={18} stroke={1.7} aria-hidden />
      <div className={styles.grow}>
        <Text size="sm" className={styles.anywhere}>
          {match.path}
        </Text>
        <Text size="xs" c="dimmed">
          {exact(match.modifiedAt)} · {t('find.in', { count: match.backups })}
          {match.kind === 'file' && ` · ${bytes(match.sizeBytes)}`}
        </Text>
      </div>
      <Button
        size="xs"
        variant={isIn ? 'subtle' : 'light'}
        disabled={isIn}
        leftSection={isIn ? <IconCheck size={15} aria-hidden /> : <IconPlus size={15} aria-hidden />}
        aria-label={t('restore.addNamed', { name: match.path, at: exact(match.modifiedAt) })}
        onClick={onAdd}
      >
        {t(isIn ? 'restore.added' : 'restore.add')}
      </Button>
    </li>
  )
}
