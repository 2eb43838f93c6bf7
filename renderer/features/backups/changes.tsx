import { Group, Loader, Select, Stack, Text } from '@mantine/core'
import { IconEqual, IconMinus, IconPencil, IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import type { Backup, DiffEntry } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { type Tone, ToneBadge } from '../../components/tone.tsx'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './backup-details.module.css'

const SHOWN = 200

const looks = {
  added: { tone: 'ok', icon: IconPlus, key: 'diff.added' },
  removed: { tone: 'warn', icon: IconMinus, key: 'diff.removed' },
  changed: { tone: 'work', icon: IconPencil, key: 'diff.changedOne' },
  metadata: { tone: 'calm', icon: IconEqual, key: 'diff.metadata' },
  type: { tone: 'work', icon: IconPencil, key: 'diff.type' },
} as const satisfies Record<DiffEntry['change'], { tone: Tone; icon: typeof IconPlus; key: string }>

/** What is different from another backup of the same plan and form: the one before it, or any that is chosen. */
export function Changes({ backup }: { backup: Backup }) {
  const { t, exact } = useWords()
  const [chosen, setChosen] = useState<string>()
  const list = useAnswer(
    'backup.list',
    backup.planId === undefined ? null : { planId: backup.planId, limit: 100 },
  )
  const others = (list.data?.backups ?? []).filter(
    ({ id, format, state }) =>
      id !== backup.id && format === backup.format && (state === 'complete' || state === 'incomplete'),
  )
  const before = others.find(({ createdAt }) => createdAt < backup.createdAt)
  // What would have to be read as a whole first is compared when a person asks for it.
  const isQuick = backup.indexed === true && before?.indexed === true
  const from = chosen ?? (isQuick ? before.id : undefined)
  const diff = useAnswer('backup.diff', from ? { from, to: backup.id, limit: SHOWN } : null)

  if (list.data && others.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {t('diff.none')}
      </Text>
    )
  const { data } = diff
  const same = data !== undefined && data.entries.length === 0
  return (
    <Stack gap="xs" data-testid="changes">
      <Select
        label={t('diff.since')}
        size="xs"
        allowDeselect={false}
        data={others.map(({ id, createdAt }) => ({ value: id, label: exact(createdAt) }))}
        value={from ?? null}
        onChange={(id) => setChosen(id ?? undefined)}
      />
      {diff.busy && <Loader size="sm" aria-label={t('common.loading')} />}
      {diff.error && <ErrorNote error={diff.error} />}
      {data && (
        <Text size="sm" role="status">
          {same ? t('diff.same') : t('diff.summary', data)}
        </Text>
      )}
      {data && !same && (
        <ul className={styles.skipped}>
          {data.entries.map((entry) => (
            <Change key={entry.path} entry={entry} />
          ))}
        </ul>
      )}
      {data?.truncated && (
        <Text size="xs" c="dimmed">
          {t('diff.more')}
        </Text>
      )}
    </Stack>
  )
}

function Change({ entry }: { entry: DiffEntry }) {
  const { t, bytes } = useWords()
  const { key, ...look } = looks[entry.change]
  const sizes = [entry.fromBytes, entry.toBytes].filter((size) => size !== undefined)
  return (
    <li>
      <Group gap="sm" wrap="nowrap">
        <ToneBadge {...look}>{t(key)}</ToneBadge>
        <code>{entry.path}</code>
        <Text size="xs" c="dimmed" ml="auto" className={styles.sizes}>
          {sizes.map((size) => bytes(size)).join(' → ')}
        </Text>
      </Group>
    </li>
  )
}
