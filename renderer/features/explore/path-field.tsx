import { TextInput } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useWords } from '../../words/use-words.ts'

/** The path of a value, chosen elsewhere or typed; taken over with Enter, or when the field is left. */
export function PathField({
  value,
  hint = 'valueHint',
  onChange,
}: {
  value: string
  /** `pointerHint`: where only a JSON Pointer is taken. */
  hint?: 'valueHint' | 'pointerHint'
  onChange: (select: string) => void
}) {
  const { t } = useWords()
  const [typed, setTyped] = useState(value)
  useEffect(() => setTyped(value), [value])
  const take = (): void => {
    if (typed.trim() !== value) onChange(typed.trim())
  }
  return (
    <TextInput
      label={t('explorePage.value')}
      description={t(`explorePage.${hint}`)}
      placeholder={t('explorePage.valueAll')}
      classNames={{ input: 'mono' }}
      spellCheck={false}
      autoComplete="off"
      maxLength={2_000}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={take}
      onKeyDown={(event) => event.key === 'Enter' && take()}
    />
  )
}
