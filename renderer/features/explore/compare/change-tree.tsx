import { Group, Stack, Text } from '@mantine/core'
import { useMemo, useState } from 'react'
import type { DataChange } from '../../../../main/contract/index.ts'
import { LongText, SeenText } from '../../../components/seen-text.tsx'
import { useWords } from '../../../words/use-words.ts'
import styles from '../explore.module.css'
import { ChangeSign } from '../tree/change-sign.tsx'
import { VirtualTree } from '../tree/virtual-tree.tsx'
import { shortText, textOfValue } from '../value-text.ts'
import { type ChangeLine, changeLines } from './change-lines.ts'

/** What changed, by where it lies; the change that is chosen stands below, whole. */
export function ChangeTree({
  changes,
  label,
  name,
}: {
  changes: readonly DataChange[]
  label: string
  /** What the whole of it is called. */
  name: string
}) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set())
  const [chosenId, setChosenId] = useState<string>()
  const lines = useMemo(() => changeLines(changes, closed), [changes, closed])
  const toggle = (line: ChangeLine): void => {
    const next = new Set(closed)
    if (!next.delete(line.id)) next.add(line.id)
    setClosed(next)
  }
  const chosen = lines.find(({ id }) => id === chosenId)?.change
  return (
    <Stack gap="sm">
      <VirtualTree
        lines={lines}
        label={label}
        chosen={chosenId}
        onChoose={(line) => (line.change ? setChosenId(line.id) : toggle(line))}
        onToggle={toggle}
        testId="change-tree"
      >
        {(line) => <Row line={line} name={name} />}
      </VirtualTree>
      {chosen && <Whole key={chosenId} change={chosen} />}
    </Stack>
  )
}

function Row({ line: { keys, change, inside }, name }: { line: ChangeLine; name: string }) {
  const { t } = useWords()
  const place = keys.length === 0 ? name : keys.join(' › ')
  if (!change)
    return (
      <>
        <span className={styles.key}>
          <SeenText text={place} most={160} isOneLine />
        </span>
        <span className={styles.faint}>{t('explorePage.differences', { count: inside })}</span>
      </>
    )
  const { before, after } = change
  return (
    <>
      <ChangeSign change={change.change} />
      <span className={styles.key}>
        <SeenText text={place} most={160} isOneLine />
      </span>
      <span className={styles.value}>
        {change.change === 'moved' && change.fromPath !== undefined && (
          <span className={styles.faint}>
            <SeenText text={t('explorePage.movedFrom', { path: change.fromPath })} most={160} isOneLine />
          </span>
        )}
        {before !== undefined && (
          <del className={styles.before}>
            <SeenText text={shortText(before)} most={120} isOneLine />
          </del>
        )}
        {before !== undefined && after !== undefined && ' → '}
        {after !== undefined && (
          <ins className={styles.after}>
            <SeenText text={shortText(after)} most={120} isOneLine />
          </ins>
        )}
      </span>
    </>
  )
}

/** Both sides of one change, as long as they are. */
function Whole({ change: { path, before, after } }: { change: DataChange }) {
  const { t } = useWords()
  return (
    <div data-testid="change-whole">
      <Text size="sm" fw={600} className={styles.path}>
        <SeenText text={path === '' ? t('explorePage.valueAll') : path} most={2_000} isOneLine />
      </Text>
      <Group align="flex-start" grow gap="sm" mt={4} className={styles.sides}>
        {before !== undefined && (
          <div>
            <Text size="sm">{t('explorePage.before')}</Text>
            <LongText text={textOfValue(before, 2)} label={t('explorePage.before')} />
          </div>
        )}
        {after !== undefined && (
          <div>
            <Text size="sm">{t('explorePage.after')}</Text>
            <LongText text={textOfValue(after, 2)} label={t('explorePage.after')} />
          </div>
        )}
      </Group>
    </div>
  )
}
