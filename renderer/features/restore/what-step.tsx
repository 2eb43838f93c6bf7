import { Anchor, Grid, Group, Pill, Radio, Stack, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import type { Backup } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { FileBrowser } from '../../components/file-browser.tsx'
import { PathList } from '../../components/path-list.tsx'
import { RelativeTime } from '../../components/relative-time.tsx'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './restore.module.css'
import type { RestoreOrder } from './restore-order.ts'

const LISTED = 50

interface Props {
  order: RestoreOrder
  onChange: (part: Partial<RestoreOrder>) => void
}

/** Which backup, and all of it or some files. */
export function WhatStep({ order, onChange }: Props) {
  return (
    <Grid gap="xl">
      <Grid.Col span={{ base: 12, md: 5 }}>
        <BackupChoice order={order} onChange={onChange} />
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 7 }}>
        {order.backup && <Scope order={order} backup={order.backup} onChange={onChange} />}
      </Grid.Col>
    </Grid>
  )
}

function BackupChoice({ order, onChange }: Props) {
  const { t, bytes, exact } = useWords()
  const [typed, setTyped] = useState('')
  const [search] = useDebouncedValue(typed.trim(), 250)
  const answer = useAnswer('backup.list', { limit: LISTED, ...(search ? { search } : {}) })
  const usable = (answer.data?.backups ?? []).filter(
    (backup) => backup.state === 'complete' || backup.state === 'incomplete',
  )
  const [newest] = usable
  const chosen = order.backup
  // The backup someone came with may be older than those listed.
  const listed =
    chosen && !search && !usable.some(({ id }) => id === chosen.id) ? [chosen, ...usable] : usable

  useEffect(() => {
    if (!chosen && newest) onChange({ backup: newest })
  }, [chosen, newest, onChange])

  const choose = (id: string): void => {
    const backup = listed.find((each) => each.id === id)
    if (backup) onChange({ backup, paths: [], placeId: undefined, into: '' })
  }

  return (
    <Stack gap="sm">
      <TextInput
        aria-label={t('restore.pointSearch')}
        placeholder={t('backups.searchPlaceholder')}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      {answer.error && <ErrorNote error={answer.error} />}
      <Radio.Group label={t('restore.point')} value={chosen?.id ?? ''} onChange={choose}>
        <div className={styles.backups}>
          {listed.map((backup) => (
            <Radio.Card key={backup.id} value={backup.id} className={styles.choice} radius="md">
              <Group gap="sm" wrap="nowrap">
                <Radio.Indicator />
                <div className={styles.grow}>
                  <Text size="sm" fw={600} truncate>
                    {backup.planName ?? t('backups.oneOff')}
                    {backup.id === newest?.id && !search && (
                      <Text span size="xs" c="dimmed" fw={400}>
                        {' '}
                        · {t('restore.latest')}
                      </Text>
                    )}
                  </Text>
                  <Text size="xs" c="dimmed">
                    <RelativeTime at={backup.createdAt} /> · {exact(backup.createdAt)}
                  </Text>
                </div>
                <Text size="xs" className={styles.amount}>
                  {bytes(backup.sizeBytes)}
                </Text>
              </Group>
            </Radio.Card>
          ))}
        </div>
      </Radio.Group>
      {answer.data && listed.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('backups.emptyFilter')}
        </Text>
      )}
    </Stack>
  )
}

function Scope({ order, backup, onChange }: Props & { backup: Backup }) {
  const { t, bytes } = useWords()
  return (
    <Stack>
      <Radio.Group
        label={t('restore.scope')}
        value={order.scope}
        onChange={(value) => onChange({ scope: value === 'some' ? 'some' : 'everything' })}
      >
        <Group mt="xs" gap="lg" align="flex-start">
          <Radio
            value="everything"
            label={t('restore.everything')}
            description={t('restore.everythingHint', {
              files: t('count.files', { count: backup.files }),
              size: bytes(backup.sourceBytes),
            })}
          />
          <Radio value="some" label={t('restore.some')} />
        </Group>
      </Radio.Group>
      {order.scope === 'everything' && <PathList paths={backup.sources} label={t('backups.sources')} />}
      {order.scope === 'some' && (
        <>
          <FileBrowser
            key={backup.id}
            backupId={backup.id}
            choice={{ paths: order.paths, onChange: (paths) => onChange({ paths }) }}
          />
          <Basket paths={order.paths} onChange={(paths) => onChange({ paths })} />
        </>
      )}
    </Stack>
  )
}

function Basket({ paths, onChange }: { paths: readonly string[]; onChange: (paths: string[]) => void }) {
  const { t } = useWords()
  return (
    <section aria-label={t('restore.basket')} data-testid="basket">
      <Group justify="space-between" mb={6}>
        <Text size="sm" fw={600}>
          {t('restore.basket')} {paths.length > 0 && `(${paths.length})`}
        </Text>
        {paths.length > 0 && (
          <Anchor component="button" type="button" size="sm" onClick={() => onChange([])}>
            {t('restore.basketClear')}
          </Anchor>
        )}
      </Group>
      {paths.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('restore.basketEmpty')}
        </Text>
      ) : (
        <Group gap={6}>
          {paths.map((path) => (
            <Pill
              key={path}
              withRemoveButton
              removeButtonProps={{
                'aria-label': t('restore.basketRemove', { path }),
                'aria-hidden': false,
                tabIndex: 0,
              }}
              onRemove={() => onChange(paths.filter((other) => other !== path))}
            >
              {path}
            </Pill>
          ))}
        </Group>
      )}
    </section>
  )
}
