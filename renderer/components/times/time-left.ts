import type { TFunction } from 'i18next'

/** How long work still takes, no more exact than anyone can know. */
export function timeLeftText(secondsLeft: number, t: TFunction): string {
  if (secondsLeft < 60) return t('time.secondsLeft')
  const minutes = Math.round(secondsLeft / 60)
  if (minutes < 90) return t('time.minutesLeft', { count: minutes })
  return t('time.hoursLeft', { count: Math.round(minutes / 60) })
}
