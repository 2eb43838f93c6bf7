import { Skeleton, Text } from '@mantine/core'
import type { DataChange, DataNode } from '../../../../main/contract/index.ts'
import { SeenText } from '../../../components/seen-text.tsx'
import { useWords } from '../../../words/use-words.ts'
import styles from '../explore.module.css'
import { ChangeSign } from './change-sign.tsx'
import { lineIdOf, MOST_MEMBERS, type OutlineLine } from './outline-lines.ts'
import type { Outline } from './use-outline.ts'
import { VirtualTree } from './virtual-tree.tsx'

type Marks = ReadonlyMap<string, DataChange['change'] | 'inside'>

/** A parsed value as a tree; choosing a row chooses its path. */
export function JsonTree({
  outline: { lines, isCut, toggle, onRange },
  name,
  select,
  onSelect,
  marks,
}: {
  outline: Outline
  /** What the whole of it is called. */
  name: string
  select: string
  onSelect: (pointer: string) => void
  /** What changed, by pointer. */
  marks?: Marks
}) {
  const { t, number } = useWords()
  return (
    <>
      <VirtualTree
        lines={lines}
        label={t('explorePage.tree', { name })}
        chosen={lineIdOf(select)}
        onChoose={({ node }) => node && onSelect(node.pointer)}
        onToggle={toggle}
        onRange={onRange}
        testId="data-tree"
      >
        {(line) => <Row line={line} name={name} marks={marks} />}
      </VirtualTree>
      {isCut && (
        <Text size="sm" c="dimmed">
          {t('explorePage.treeCut', { number: number(MOST_MEMBERS) })}
        </Text>
      )}
    </>
  )
}

function Row({ line: { node }, name, marks }: { line: OutlineLine; name: string; marks: Marks | undefined }) {
  const { t } = useWords()
  if (!node) return <Skeleton h={12} w={160} aria-hidden />
  const mark = marks?.get(node.pointer)
  return (
    <>
      {mark === 'inside' && (
        <span className={styles.inside} role="img" aria-label={t('explorePage.changesInside')} />
      )}
      {mark !== undefined && mark !== 'inside' && <ChangeSign change={mark} />}
      <span className={styles.key}>
        <SeenText text={node.key ?? name} most={120} isOneLine />
      </span>
      <span className={styles.value}>
        <NodeText node={node} />
      </span>
    </>
  )
}

/** What stands behind a key: the value, or how much is in it. */
function NodeText({ node: { type, preview, length } }: { node: DataNode }) {
  const { t, number } = useWords()
  if (type === 'object' || type === 'array')
    return (
      <span className={styles.faint}>
        {t(`explorePage.members.${type}`, { count: length ?? 0, number: number(length ?? 0) })}
      </span>
    )
  if (type === 'string') {
    const text = String(preview ?? '')
    const isCut = (length ?? 0) > text.length
    return (
      <>
        “<SeenText text={text} most={200} isOneLine />
        {isCut && '…'}”
      </>
    )
  }
  return <span className={styles.exact}>{String(preview)}</span>
}
