import { Text, TextInput } from '@mantine/core'
import { useId } from 'react'
import { cronText } from '../../words/cron-text.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './schedule.module.css'

const FIELDS = 5

/** A cron expression, for whom plain words are not enough, with what it says in them. */
export function CronInput({
  text,
  onChange,
  isWrong,
}: {
  text: string
  onChange: (text: string) => void
  isWrong: boolean
}) {
  const { t, language } = useWords()
  const id = useId()
  const parts = text.trim() === '' ? 0 : text.trim().split(/\s+/).length
  const mistake = t(parts === FIELDS ? 'schedule.cronWrong' : 'schedule.cronParts', { count: parts })
  const reading = isWrong ? undefined : cronText(text, language)
  return (
    <div>
      <TextInput
        label={t('schedule.cronLabel')}
        description={t('schedule.cronHint')}
        value={text}
        maxLength={200}
        autoComplete="off"
        spellCheck={false}
        classNames={{ input: styles.cron ?? '' }}
        error={isWrong && mistake}
        aria-details={reading === undefined ? undefined : id}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {reading !== undefined && (
        <Text size="sm" mt={6} id={id} data-testid="cron-reading">
          {t('schedule.cronReading', { reading })}
        </Text>
      )}
    </div>
  )
}
