import { Anchor, Button, CopyButton, Group, Table, Text } from '@mantine/core'
import { IconAlertCircle, IconCircleDashed, IconPencil } from '@tabler/icons-react'
import { useState } from 'react'
import type { SeriesPoint } from '../../../../main/contract/index.ts'
import { SeenText } from '../../../components/seen-text.tsx'
import { ToneBadge } from '../../../components/tone.tsx'
import { useWords } from '../../../words/use-words.ts'
import styles from '../explore.module.css'
import { addressOfSpot, type Spot } from '../spot.ts'
import { csvOf } from './series-shape.ts'
import { usePointText } from './use-point-text.ts'

const SHOWN = 50

/** The points of a series, newest first: for who wants the figures, and for who cannot see the line. */
export function SeriesTable({
  points,
  isCut,
  spot,
}: {
  points: readonly SeriesPoint[]
  isCut: boolean
  spot: Spot
}) {
  const { t, number } = useWords()
  const [most, setMost] = useState(SHOWN)
  const rows = points.toReversed()
  return (
    <div>
      <Group justify="space-between" mb="xs">
        <Text size="sm" c="dimmed">
          {t('explorePage.points', { count: points.length, number: number(points.length) })}
          {isCut && ` ${t('explorePage.morePoints')}`}
        </Text>
        <CopyButton value={csvOf(points)}>
          {({ copied, copy }) => (
            <Button size="xs" variant="default" onClick={copy}>
              {t(copied ? 'common.copied' : 'explorePage.copyCsv')}
            </Button>
          )}
        </CopyButton>
      </Group>
      <section
        className={styles.wide}
        aria-label={t('explorePage.pointsTable')}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard.
        tabIndex={0}
        data-testid="series-table"
      >
        <Table verticalSpacing={5} horizontalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('explorePage.inBackup')}</Table.Th>
              <Table.Th>{t('explorePage.value')}</Table.Th>
              <Table.Th>{t('explorePage.change')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.slice(0, most).map((point) => (
              <PointRow key={point.backupId} point={point} spot={spot} />
            ))}
          </Table.Tbody>
        </Table>
      </section>
      {rows.length > most && (
        <Button mt="xs" size="xs" variant="default" onClick={() => setMost(most + SHOWN * 4)}>
          {t('common.showMore')}
        </Button>
      )}
    </div>
  )
}

function PointRow({ point, spot }: { point: SeriesPoint; spot: Spot }) {
  const { t, exact } = useWords()
  const textOf = usePointText()
  const { backupId, createdAt, state, changed } = point
  const at = exact(createdAt)
  return (
    <Table.Tr data-state={state}>
      <Table.Th scope="row" fw={400} className={styles.when}>
        <Anchor
          size="sm"
          href={addressOfSpot({ ...spot, section: 'data', backup: backupId })}
          aria-label={t('explorePage.lookAtOf', { at })}
        >
          {at}
        </Anchor>
      </Table.Th>
      <Table.Td className={styles.figureCell}>
        <SeenText text={textOf(point)} most={160} isOneLine />
      </Table.Td>
      <Table.Td>
        {state === 'missing' && (
          <ToneBadge tone="calm" icon={IconCircleDashed}>
            {t('explorePage.state.missing')}
          </ToneBadge>
        )}
        {state === 'error' && (
          <ToneBadge tone="bad" icon={IconAlertCircle}>
            {t('explorePage.state.error')}
          </ToneBadge>
        )}
        {state === 'found' && changed && (
          <ToneBadge tone="work" icon={IconPencil}>
            {t('explorePage.state.changed')}
          </ToneBadge>
        )}
      </Table.Td>
    </Table.Tr>
  )
}
