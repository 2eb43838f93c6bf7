import { Button, Group, Loader, SegmentedControl, Stack, Text } from '@mantine/core'
import { IconArrowsExchange } from '@tabler/icons-react'
import { useState } from 'react'
import type { CallOutput } from '../../../../main/contract/index.ts'
import { Card } from '../../../components/card.tsx'
import { EmptyNote } from '../../../components/empty-note.tsx'
import { Section } from '../../../components/section.tsx'
import { useAnswer } from '../../../store/use-answer.ts'
import { useWords } from '../../../words/use-words.ts'
import { isNotThere } from '../not-there.ts'
import { PathField } from '../path-field.tsx'
import { Problem } from '../problem.tsx'
import type { FileSpot, Spot } from '../spot.ts'
import { ChangeTree } from './change-tree.tsx'
import { TextSides } from './text-sides.tsx'
import { WholeTree } from './whole-tree.tsx'

const MOST_CHANGES = 5_000

export type Difference = CallOutput<'data.diff'>
type View = 'differences' | 'everything'

/** A file in two backups: what was added, removed and changed. */
export default function CompareSection({
  spot,
  older,
  onChange,
}: {
  spot: FileSpot
  older: string | undefined
  onChange: (part: Partial<Spot>) => void
}) {
  const { t } = useWords()
  const isPointer = spot.select?.startsWith('/') ?? false
  return (
    <Section
      title={t('explorePage.sections.compare')}
      testId="compare-section"
      aside={
        older !== undefined && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconArrowsExchange size={15} aria-hidden />}
            onClick={() => onChange({ backup: older, other: spot.backup })}
          >
            {t('explorePage.swap')}
          </Button>
        )
      }
    >
      <Card>
        <Stack gap="md">
          <PathField
            hint="pointerHint"
            value={spot.select ?? ''}
            onChange={(select) => onChange({ select: select || undefined })}
          />
          {spot.select !== undefined && !isPointer && <Text size="sm">{t('explorePage.onlyPointers')}</Text>}
          {older === undefined ? (
            <EmptyNote text={t('explorePage.onlyOne')} />
          ) : (
            <Compared
              key={`${spot.path} ${spot.select}`}
              spot={spot}
              older={older}
              pointer={isPointer ? (spot.select ?? '') : ''}
            />
          )}
        </Stack>
      </Card>
    </Section>
  )
}

function Compared({ spot, older, pointer }: { spot: FileSpot; older: string; pointer: string }) {
  const { t } = useWords()
  const [view, setView] = useState<View>('differences')
  const { data, error, busy, again } = useAnswer('data.diff', {
    from: older,
    to: spot.backup,
    path: spot.path,
    pointer,
    limit: MOST_CHANGES,
  })
  if (error && isNotThere(error)) return <Text role="status">{t('explorePage.notInBoth')}</Text>
  if (error) return <Problem error={error} onAgain={again} />
  if (!data) return <Loader size="sm" aria-label={t('common.loading')} />
  return (
    <Stack gap="sm" aria-busy={busy}>
      <Group justify="space-between">
        <Counts difference={data} />
        {data.kind !== 'bytes' && (
          <SegmentedControl
            size="xs"
            aria-label={t('explorePage.show')}
            data={(['differences', 'everything'] as const).map((value) => ({
              value,
              label: t(`explorePage.view.${value}`),
            }))}
            value={view}
            onChange={(value) => setView(value as View)}
          />
        )}
      </Group>
      <Shown difference={data} isWhole={view === 'everything'} spot={spot} older={older} />
      {data.truncated && (
        <Text size="sm" c="dimmed">
          {t('explorePage.changesCut')}
        </Text>
      )}
    </Stack>
  )
}

/** How much differs, in words and figures. */
function Counts({
  difference: { equal, kind, added, removed, changed, from, to },
}: {
  difference: Difference
}) {
  const { t, exact, number } = useWords()
  const between = t('explorePage.between', { from: exact(from.createdAt), to: exact(to.createdAt) })
  return (
    <div role="status" data-testid="counts">
      <Text fw={600}>
        {equal && t('explorePage.equal')}
        {!equal && kind === 'bytes' && t('explorePage.bytesDiffer')}
        {!equal &&
          kind !== 'bytes' &&
          (['added', 'removed', 'changed'] as const)
            .map((each) => {
              const count = { added, removed, changed }[each]
              return t(`explorePage.counts.${each}`, { count, number: number(count) })
            })
            .join(' · ')}
      </Text>
      <Text size="sm" c="dimmed">
        {between}
      </Text>
    </div>
  )
}

function Shown({
  difference,
  isWhole,
  spot,
  older,
}: {
  difference: Difference
  isWhole: boolean
  spot: FileSpot
  older: string
}) {
  const { t, bytes } = useWords()
  const { kind, equal, changes, from, to } = difference
  const name = spot.path.slice(spot.path.lastIndexOf('/') + 1)
  if (kind === 'bytes')
    return (
      <Text size="sm">
        {t('explorePage.bytesSizes', { before: bytes(from.sizeBytes), after: bytes(to.sizeBytes) })}
      </Text>
    )
  if (equal && !isWhole) return null
  if (kind === 'text')
    return (
      <TextSides
        path={spot.path}
        isWhole={isWhole}
        left={{ ...from, backupId: older }}
        right={{ ...to, backupId: spot.backup }}
      />
    )
  if (isWhole)
    return <WholeTree key={spot.backup} backup={spot.backup} path={spot.path} name={name} changes={changes} />
  return <ChangeTree changes={changes} label={t('explorePage.changesOf', { name })} name={name} />
}
