import { ActionIcon, Button, Group, Input, TextInput } from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import { useRef } from 'react'
import { useWords } from '../../words/use-words.ts'

/** More make a list nobody reads; a schedule of every few hours says it better. */
const MOST = 12

/** Times of day, at least one. */
export function TimesInput({
  times,
  onChange,
  isWrong,
}: {
  times: readonly string[]
  onChange: (times: string[]) => void
  isWrong: boolean
}) {
  const { t } = useWords()
  const add = useRef<HTMLButtonElement>(null)
  const isMissing = isWrong && times.includes('')
  const remove = (at: number): void => {
    onChange(times.filter((_, each) => each !== at))
    // The button that was pressed is gone; whoever works with the keyboard stands beside it.
    add.current?.focus()
  }
  return (
    <Input.Wrapper
      label={t('schedule.timesLabel')}
      labelElement="div"
      error={isMissing && t('schedule.timeMissing')}
    >
      <Group gap="xs" mt={4}>
        {times.map((time, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a time is its place in the list; two may be the same.
          <Group key={at} gap={2} wrap="nowrap">
            <TextInput
              type="time"
              aria-label={t('schedule.timeOf', { number: at + 1 })}
              value={time}
              error={isWrong && time === ''}
              onChange={(event) => onChange(times.with(at, event.currentTarget.value))}
            />
            {times.length > 1 && (
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t('schedule.removeTime', { number: at + 1 })}
                onClick={() => remove(at)}
              >
                <IconX size={16} />
              </ActionIcon>
            )}
          </Group>
        ))}
        <Button
          ref={add}
          variant="subtle"
          size="xs"
          leftSection={<IconPlus size={14} aria-hidden />}
          aria-disabled={times.length >= MOST}
          onClick={() => times.length < MOST && onChange([...times, later(times.at(-1))])}
        >
          {t('schedule.addTime')}
        </Button>
      </Group>
    </Input.Wrapper>
  )
}

/** Half a day after the last one. */
function later(time: string | undefined): string {
  const [hour = 0, minute = 0] = (time || '03:00').split(':').map(Number)
  return `${String((hour + 12) % 24).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
}
