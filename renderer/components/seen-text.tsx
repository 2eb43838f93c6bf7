import { Anchor } from '@mantine/core'
import { useMemo, useState } from 'react'
import { beginningOf, partsOfText } from '../words/hidden-characters.ts'
import { useWords } from '../words/use-words.ts'
import styles from './seen-text.module.css'

/** A text out of a backup: never more than text, and what is hidden in it can be seen. */
export function SeenText({
  text,
  most = 400,
  isOneLine = false,
}: {
  text: string
  most?: number
  isOneLine?: boolean
}) {
  const parts = useMemo(() => partsOfText(beginningOf(text, most), isOneLine), [text, most, isOneLine])
  return (
    <bdi>
      {parts.map((part, index) =>
        part.code === undefined ? (
          part.text
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts have no name but their place, and never move.
          <span key={index} className={styles.hidden} data-hidden={part.code}>
            {part.code}
          </span>
        ),
      )}
      {text.length > most && '…'}
    </bdi>
  )
}

/** Shown at once; more makes a window slow, and nobody reads it. */
const MOST_AT_FIRST = 4_000
const MOST_AT_ALL = 400_000

/** A text of any length in a box: its beginning, and all of it when it is asked for. */
export function LongText({ text, label, testId }: { text: string; label: string; testId?: string }) {
  const { t, number } = useWords()
  const [isWhole, setIsWhole] = useState(false)
  const most = isWhole ? MOST_AT_ALL : MOST_AT_FIRST
  return (
    <div>
      <section
        className={styles.text}
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard.
        tabIndex={0}
        data-testid={testId}
      >
        <SeenText text={text} most={most} />
      </section>
      {text.length > MOST_AT_FIRST && !isWhole && (
        <Anchor component="button" type="button" size="sm" onClick={() => setIsWhole(true)}>
          {t('common.showAll', { count: text.length, number: number(text.length) })}
        </Anchor>
      )}
      {text.length > most && isWhole && (
        <span className={styles.faint}>
          {t('common.cutAt', { number: number(MOST_AT_ALL), total: number(text.length) })}
        </span>
      )}
    </div>
  )
}
