import { Button, Text } from '@mantine/core'
import { useMemo, useState } from 'react'
import { useWords } from '../../words/use-words.ts'
import { SeenText } from '../seen-text.tsx'
import styles from './line-diff.module.css'
import { type Line, type LineRow, lineRows } from './line-rows.ts'

const SHOWN_AT_FIRST = 400
/** A line may be a whole file. */
const MOST_LETTERS = 4_000

interface Side {
  readonly title: string
  readonly text: string
}

/** Two texts side by side; only what differs and a few lines around it, or (`isWhole`) everything. */
export default function LineDiff({
  left,
  right,
  isWhole = false,
}: {
  left: Side
  right: Side
  isWhole?: boolean
}) {
  const { t } = useWords()
  const [most, setMost] = useState(SHOWN_AT_FIRST)
  const rows = useMemo(() => lineRows(left.text, right.text, isWhole), [left.text, right.text, isWhole])
  if (rows.length === 0)
    return (
      <Text size="sm" c="dimmed" data-testid="line-diff">
        {t('syncPage.conflicts.sameText')}
      </Text>
    )
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard.
    <section className={styles.frame} tabIndex={0} aria-label={`${left.title} – ${right.title}`}>
      <table className={styles.table} data-testid="line-diff">
        <colgroup>
          <col className={styles.numbers} />
          <col />
          <col className={styles.numbers} />
          <col />
        </colgroup>
        <thead>
          <tr>
            <th colSpan={2} scope="colgroup">
              {left.title}
            </th>
            <th colSpan={2} scope="colgroup">
              {right.title}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, most).map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name but their place, and never move.
            <Row key={index} row={row} />
          ))}
        </tbody>
      </table>
      {rows.length > most && (
        <Button variant="default" size="xs" m="sm" onClick={() => setMost(most + SHOWN_AT_FIRST * 5)}>
          {t('common.showMore')}
        </Button>
      )}
    </section>
  )
}

function Row({ row }: { row: LineRow }) {
  const { t } = useWords()
  if (row.kind === 'skipped')
    return (
      <tr className={styles.skipped}>
        <td colSpan={4}>{t('syncPage.conflicts.sameLines', { count: row.lines })}</td>
      </tr>
    )
  const isChanged = row.kind === 'changed'
  return (
    <tr>
      <Cells line={row.left} look={isChanged ? styles.gone : undefined} sign="−" isChanged={isChanged} />
      <Cells line={row.right} look={isChanged ? styles.come : undefined} sign="+" isChanged={isChanged} />
    </tr>
  )
}

function Cells({
  line,
  look,
  sign,
  isChanged,
}: {
  line: Line | undefined
  look: string | undefined
  sign: string
  isChanged: boolean
}) {
  if (!line)
    return (
      <>
        <td className={styles.number} />
        <td className={styles.none} />
      </>
    )
  const { text, mark, number } = line
  return (
    <>
      <td className={styles.number}>
        {number}
        {isChanged && <span className={styles.sign}>{sign}</span>}
      </td>
      <td className={`${styles.text} ${look ?? ''}`}>
        {mark ? (
          <>
            <SeenText text={text.slice(0, mark[0])} most={MOST_LETTERS} />
            <mark>
              <SeenText text={text.slice(...mark)} most={MOST_LETTERS} />
            </mark>
            <SeenText text={text.slice(mark[1])} most={MOST_LETTERS} />
          </>
        ) : (
          <SeenText text={text} most={MOST_LETTERS} />
        )}
      </td>
    </>
  )
}
