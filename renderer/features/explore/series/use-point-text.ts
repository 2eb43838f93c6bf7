import { useCallback } from 'react'
import type { SeriesPoint } from '../../../../main/contract/index.ts'
import { useWords } from '../../../words/use-words.ts'
import { shortText } from '../value-text.ts'

/** What a point says in words: its value, that there was none, or why it could not be read. */
export function usePointText(): (point: SeriesPoint) => string {
  const { t, decimal, error } = useWords()
  return useCallback(
    ({ state, value, code = '' }: SeriesPoint): string => {
      if (state === 'missing') return t('explorePage.missing')
      if (state === 'error')
        return t('explorePage.failed', { why: error({ code: code as never, data: {}, retry: 'never' }).what })
      return typeof value === 'number' ? decimal(value) : shortText(value)
    },
    [t, decimal, error],
  )
}
