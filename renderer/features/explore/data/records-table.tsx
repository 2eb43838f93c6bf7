import { Button, Group, Loader, Table, Text } from '@mantine/core'
import { useState } from 'react'
import type { DataKind } from '../../../../main/contract/index.ts'
import { SeenText } from '../../../components/seen-text.tsx'
import { useAnswer } from '../../../store/use-answer.ts'
import { useWords } from '../../../words/use-words.ts'
import styles from '../explore.module.css'
import { Problem } from '../problem.tsx'
import { pointerPart, shortText } from '../value-text.ts'

const PAGE = 50
/** A table of more columns is drawn slowly, and nobody finds a way in it. */
const MOST_COLUMNS = 40

/** Records of a table, page by page; choosing a cell chooses its path. */
export function RecordsTable({
  backup,
  path,
  kind,
  onSelect,
}: {
  backup: string
  path: string
  kind: DataKind
  onSelect: (pointer: string) => void
}) {
  const { t, number } = useWords()
  const [offset, setOffset] = useState(0)
  const { data, error, busy, again } = useAnswer('data.read', {
    backup,
    path,
    as: kind,
    offset,
    length: PAGE,
  })
  if (error) return <Problem error={error} onAgain={again} />
  if (!data) return <Loader size="sm" aria-label={t('common.loading')} />
  const records = Array.isArray(data.value) ? data.value : []
  if (records.length === 0 && offset === 0) return <Text c="dimmed">{t('explorePage.noRecords')}</Text>
  const columns = columnsOf(records)
  return (
    <div aria-busy={busy}>
      <section
        className={styles.wide}
        aria-label={t('explorePage.records')}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard.
        tabIndex={0}
        data-testid="records"
      >
        <Table verticalSpacing={4} horizontalSpacing="sm" highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('explorePage.record')}</Table.Th>
              {columns.slice(0, MOST_COLUMNS).map((column) => (
                <Table.Th key={column}>
                  {column === WHOLE ? t('explorePage.value') : <SeenText text={column} most={60} isOneLine />}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {records.map((record, index) => (
              <Row
                // biome-ignore lint/suspicious/noArrayIndexKey: records have no name but their place.
                key={offset + index}
                index={offset + index}
                record={record}
                columns={columns.slice(0, MOST_COLUMNS)}
                onSelect={onSelect}
              />
            ))}
          </Table.Tbody>
        </Table>
      </section>
      {columns.length > MOST_COLUMNS && (
        <Text size="sm" c="dimmed">
          {t('explorePage.moreColumns', { count: columns.length - MOST_COLUMNS })}
        </Text>
      )}
      <Pages
        text={
          data.total === undefined
            ? t('explorePage.recordsFrom', { from: number(offset + 1), to: number(offset + records.length) })
            : t('common.page', {
                from: number(offset + 1),
                to: number(offset + records.length),
                total: number(data.total),
              })
        }
        onBack={offset > 0 ? () => setOffset(Math.max(0, offset - PAGE)) : undefined}
        onNext={data.nextOffset === undefined ? undefined : () => setOffset(data.nextOffset ?? offset)}
      />
    </div>
  )
}

function Row({
  index,
  record,
  columns,
  onSelect,
}: {
  index: number
  record: unknown
  columns: readonly string[]
  onSelect: (pointer: string) => void
}) {
  const { t } = useWords()
  return (
    <Table.Tr>
      <Table.Th scope="row" className={styles.number}>
        {index + 1}
      </Table.Th>
      {columns.map((column) => {
        const value = cellOf(record, column)
        const pointer = column === WHOLE ? pointerPart(index) : pointerPart(index) + pointerPart(column)
        return (
          <Table.Td key={column}>
            {value !== undefined && (
              <button
                type="button"
                className={styles.cell}
                title={t('explorePage.chooseValue')}
                onClick={() => onSelect(pointer)}
              >
                <SeenText text={shortText(value)} most={90} isOneLine />
              </button>
            )}
          </Table.Td>
        )
      })}
    </Table.Tr>
  )
}

/** Where the page is, and the ways before and after it. */
export function Pages({
  text,
  onBack,
  onNext,
}: {
  text: string
  onBack: (() => void) | undefined
  onNext: (() => void) | undefined
}) {
  const { t } = useWords()
  return (
    <Group justify="space-between" mt="xs">
      <Text size="sm" c="dimmed" role="status">
        {text}
      </Text>
      {(onBack || onNext) && (
        <Group gap="xs">
          <Button size="xs" variant="default" disabled={!onBack} onClick={onBack}>
            {t('common.previousPage')}
          </Button>
          <Button size="xs" variant="default" disabled={!onNext} onClick={onNext}>
            {t('common.nextPage')}
          </Button>
        </Group>
      )}
    </Group>
  )
}

/** The column of records that are no objects. */
const WHOLE = ''

function columnsOf(records: readonly unknown[]): string[] {
  return [...new Set(records.flatMap((record) => (isObject(record) ? Object.keys(record) : [WHOLE])))]
}

function cellOf(record: unknown, column: string): unknown {
  if (!isObject(record)) return column === WHOLE ? record : undefined
  return Object.hasOwn(record, column) ? record[column] : undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
