import { ActionIcon, Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import type { SyncConflict, WireError } from '../../../../main/contract/index.ts'
import { Card } from '../../../components/card.tsx'
import { ErrorNote } from '../../../components/error-note.tsx'
import shared from '../../../components/kept-folder/kept-folder.module.css'
import { addressOf } from '../../../store/route.ts'
import { useAction } from '../../../store/use-action.ts'
import { useAnswer } from '../../../store/use-answer.ts'
import { nameOf } from '../../../words/paths.ts'
import { useWords } from '../../../words/use-words.ts'
import styles from '../sync.module.css'
import { conflictKey } from './conflict-words.ts'
import { DifferenceView } from './difference-view.tsx'
import { MergedText } from './merged-text.tsx'
import { SidePane } from './side-pane.tsx'

type Keep = 'local' | 'remote' | 'both' | 'merged'

/** A conflict: the versions beside each other, what differs, what merging gives, and the ways to decide. */
export function ConflictDetail({
  conflict,
  place,
  before,
  after,
  onSettled,
  onTakeBack,
}: {
  conflict: SyncConflict
  /** Which of how many it is. */
  place: { readonly at: number; readonly total: number }
  before: SyncConflict | undefined
  after: SyncConflict | undefined
  onSettled: (conflict: SyncConflict) => void
  onTakeBack: (conflict: SyncConflict) => void
}) {
  const { t } = useWords()
  const compare = useAnswer('sync.compare', { conflictId: conflict.id })
  const resolve = useAction('sync.resolve')
  const [refused, setRefused] = useState<WireError>()
  const failed = resolve.error ?? refused
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  const name = nameOf(conflict.path)
  const { base, here, there, merged } = compare.data ?? {}

  const settle = async (keep: Keep, text?: string): Promise<void> => {
    const answer = await resolve.act({
      conflictIds: [conflict.id],
      keep,
      ...(text !== undefined && { text }),
    })
    setRefused(answer?.failed[0]?.error)
    if (answer?.failed.length === 0) onSettled(conflict)
  }

  return (
    <Card data-testid="conflict-detail">
      <Group justify="space-between" align="flex-start" wrap="nowrap" gap="sm">
        <Stack gap={2} miw={0}>
          <Title order={2} size="h4" tabIndex={-1} ref={heading} className={styles.heading}>
            {t(conflictKey(conflict), { name, device: conflict.there.device ?? '' })}
          </Title>
          <Text size="sm" c="dimmed" className={shared.anywhere}>
            {conflict.folderName} / {conflict.path}
          </Text>
        </Stack>
        {place.total > 1 && (
          <Group gap={4} wrap="nowrap">
            <Step to={before} label={t('syncPage.conflicts.previous')} icon={IconChevronLeft} />
            <Text size="sm" c="dimmed" className={`tabular ${styles.nowrap}`}>
              {t('syncPage.conflicts.position', place)}
            </Text>
            <Step to={after} label={t('syncPage.conflicts.next')} icon={IconChevronRight} />
          </Group>
        )}
      </Group>
      <Text size="sm" mt="sm">
        {t(`syncPage.conflicts.explain.${conflict.kind}`, { copy: conflict.copyPath ?? '' })}
      </Text>

      <div className={styles.panes}>
        {conflict.base && (
          <SidePane title={t('syncPage.conflicts.base')} side={conflict.base} preview={base} />
        )}
        <SidePane title={t('syncPage.conflicts.here')} side={conflict.here} preview={here} />
        <SidePane title={t('syncPage.conflicts.there')} side={conflict.there} preview={there} />
      </div>
      {compare.error && <ErrorNote error={compare.error} />}
      {!compare.data && !compare.error && <Skeleton h={180} />}
      {conflict.state === 'open' ? (
        <Group gap="sm" my="md">
          {(['local', 'remote', 'both'] as const).map((keep) => (
            <Button
              key={keep}
              variant="default"
              disabled={resolve.busy}
              title={t(`syncPage.conflicts.keepHint.${keep}`)}
              onClick={() => settle(keep)}
            >
              {t(`syncPage.conflicts.keep.${keep}`)}
            </Button>
          ))}
        </Group>
      ) : (
        <Group my="md">
          <Button variant="default" onClick={() => onTakeBack(conflict)}>
            {t('syncPage.conflicts.undo')}
          </Button>
        </Group>
      )}
      <Text size="sm" c="dimmed" mb="md">
        {t('syncPage.conflicts.loserKept')}
      </Text>
      {failed && <ErrorNote error={failed} />}
      {here?.text !== undefined && there?.text !== undefined && (
        <DifferenceView base={base?.text} here={here.text} there={there.text} />
      )}
      {merged && conflict.state === 'open' && (
        <MergedText merged={merged} busy={resolve.busy} onTake={(text) => settle('merged', text)} />
      )}
    </Card>
  )
}

function Step({
  to,
  label,
  icon: StepIcon,
}: {
  to: SyncConflict | undefined
  label: string
  icon: typeof IconChevronLeft
}) {
  if (!to)
    return (
      <ActionIcon variant="default" size={32} disabled aria-label={label}>
        <StepIcon size={16} aria-hidden />
      </ActionIcon>
    )
  return (
    <ActionIcon
      component="a"
      href={addressOf('sync', `conflicts/${to.id}`)}
      variant="default"
      size={32}
      aria-label={label}
    >
      <StepIcon size={16} aria-hidden />
    </ActionIcon>
  )
}
