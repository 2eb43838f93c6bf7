import { NumberInput } from '@mantine/core'
import { useWords } from '../../words/use-words.ts'

const MOST_DAYS = 36_500

/** How many days replaced and deleted versions are kept; undefined while nothing stands there. */
export function KeepField({
  value,
  onChange,
}: {
  value: number | undefined
  onChange: (days: number | undefined) => void
}) {
  const { t } = useWords()
  return (
    <NumberInput
      label={t('mirrors.keepLabel')}
      description={t('mirrors.keepHint')}
      min={1}
      max={MOST_DAYS}
      allowDecimal={false}
      allowNegative={false}
      clampBehavior="strict"
      w={260}
      value={value ?? ''}
      error={value === undefined && t('places.fields.missing')}
      onChange={(typed) => onChange(typeof typed === 'number' && typed >= 1 ? typed : undefined)}
    />
  )
}
