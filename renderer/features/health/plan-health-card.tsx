import { Group, Table, Text, Title } from '@mantine/core'
import type { PlanHealth } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { Figure, Figures } from '../../components/figures.tsx'
import { verdictLook } from '../../components/states.ts'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { ToneBadge } from '../../components/tone.tsx'
import { useWords, type Words } from '../../words/use-words.ts'
import { PlanDays } from './plan-days.tsx'

type Copy = PlanHealth['places'][number]

/** A plan: its last 30 days, its figures, and how old and how quick its copies are. */
export function PlanHealthCard({ plan }: { plan: PlanHealth }) {
  const words = useWords()
  const { t, bytes, duration } = words
  const { newest } = plan
  return (
    <Card data-testid="plan-health">
      <Group justify="space-between" mb="md">
        <Title order={3} size="h5">
          {plan.planName}
        </Title>
        <ToneBadge {...verdictLook[plan.verdict]}>{t(`healthPage.verdict.${plan.verdict}`)}</ToneBadge>
      </Group>
      <PlanDays days={plan.days} plan={plan.planName} />
      <Figures>
        <Figure label={t('healthPage.success')}>{successText(plan, words)}</Figure>
        <Figure label={t('healthPage.duration')}>
          {plan.durationMedianMs === null || plan.durationP95Ms === null
            ? t('healthPage.notMeasured')
            : t('healthPage.durationText', {
                median: duration(plan.durationMedianMs),
                p95: duration(plan.durationP95Ms),
              })}
        </Figure>
        <Figure label={t('healthPage.newData')}>
          {newest
            ? t('healthPage.newDataText', {
                size: bytes(newest.newBytes ?? newest.sourceBytes),
                total: bytes(newest.sourceBytes),
              })
            : t('healthPage.noCopy')}
        </Figure>
        <Figure label={t('healthPage.saved')}>{savedText(plan, words)}</Figure>
        <Figure label={t('healthPage.staleAfter')}>
          {plan.staleAfterMs === null ? t('healthPage.staleNever') : duration(plan.staleAfterMs)}
        </Figure>
      </Figures>
      <Table.ScrollContainer minWidth={420} scrollAreaProps={{ tabIndex: 0 }}>
        <Table
          verticalSpacing="xs"
          horizontalSpacing={0}
          aria-label={t('healthPage.copies', { plan: plan.planName })}
        >
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('healthPage.column.place')}</Table.Th>
              <Table.Th>{t('healthPage.column.newest')}</Table.Th>
              <Table.Th>{t('healthPage.column.recovery')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {plan.places.map((copy) => (
              <CopyRow copy={copy} key={copy.placeId} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  )
}

function CopyRow({ copy }: { copy: Copy }) {
  const { t } = useWords()
  const look = verdictLook[copy.isStale ? 'failing' : 'healthy']
  return (
    <Table.Tr>
      <Table.Td pe="md">{copy.placeName}</Table.Td>
      <Table.Td pe="md">
        <Group gap="xs">
          {copy.provenAt ? <RelativeTime at={copy.provenAt} /> : t('healthPage.noCopy')}
          {(copy.isStale || copy.provenAt) && (
            <ToneBadge {...look}>{t(copy.isStale ? 'healthPage.tooOld' : 'healthPage.current')}</ToneBadge>
          )}
        </Group>
      </Table.Td>
      <Table.Td>
        <Recovery recovery={copy.recovery} />
      </Table.Td>
    </Table.Tr>
  )
}

function Recovery({ recovery }: { recovery: Copy['recovery'] }) {
  const { t, bytes, duration, day } = useWords()
  if (recovery.state === 'unknown')
    return (
      <Text size="sm" c="dimmed">
        {t(`healthPage.recoveryUnknown.${recovery.reason}`)}
      </Text>
    )
  return (
    <>
      {t('healthPage.recoveryKnown', {
        duration: duration(recovery.durationMs),
        size: bytes(recovery.bytes),
      })}
      <Text size="sm" c="dimmed">
        {t(`healthPage.recoveryBasis.${recovery.basis}`, { when: day(recovery.measuredAt.slice(0, 10)) })}
      </Text>
    </>
  )
}

function successText({ week, month }: PlanHealth, { t, share }: Words): string {
  const parts = [week, month].flatMap(({ successRate, days }) =>
    successRate === null ? [] : [t('healthPage.ofDays', { share: share(successRate), count: days })],
  )
  return parts.length === 0 ? t('healthPage.noRuns') : parts.join(' · ')
}

function savedText({ dedupSaved, compressionSaved }: PlanHealth, { t, share }: Words): string {
  if (compressionSaved === null) return t('healthPage.notMeasured')
  const compression = share(compressionSaved)
  return dedupSaved === null || dedupSaved === 0
    ? t('healthPage.savedCompression', { compression })
    : t('healthPage.savedText', { dedup: share(dedupSaved), compression })
}
