import { Tooltip } from '@mantine/core'
import { useWords } from '../../words/use-words.ts'
import { useNow } from './use-now.ts'

/** How long ago or ahead something is; the exact time on hover and for screen readers. */
export function RelativeTime({ at }: { at: string }) {
  const { relative, exact } = useWords()
  const nowMs = useNow(30_000)
  return (
    <Tooltip label={exact(at)} openDelay={250}>
      <time dateTime={at}>{relative(at, nowMs)}</time>
    </Tooltip>
  )
}
