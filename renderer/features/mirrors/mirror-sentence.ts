import type { Mirror } from '../../../main/contract/index.ts'
import type { Words } from '../../words/use-words.ts'

/** How a mirror is, in one sentence. */
export function mirrorSentence(
  { state, direction, placeName, error, last }: Mirror,
  { t, number, error: say }: Pick<Words, 't' | 'number' | 'error'>,
): string {
  switch (state) {
    case 'running':
    case 'new':
    case 'paused':
      return t(`mirrors.sentence.${state}`)
    case 'current':
      return t(`mirrors.sentence.current.${direction}`, { place: placeName })
    case 'incomplete':
      return last && last.left > 0
        ? t('mirrors.sentence.left', { count: last.left })
        : t('mirrors.sentence.cancelled')
    case 'held':
      if (error) return say(error, placeName).what
      return t(`mirrors.sentence.held.${direction}`, {
        count: last?.held?.count ?? 0,
        of: number(last?.held?.total ?? 0),
      })
    case 'waiting':
      return error ? say(error, placeName).what : t('mirrors.sentence.offline')
    case 'failed':
      return t('mirrors.sentence.failed')
  }
}
