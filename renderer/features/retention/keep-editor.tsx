import { NumberInput, Radio, SimpleGrid, Stack, Text } from '@mantine/core'
import { useWords } from '../../words/use-words.ts'
import { daysOf, type KeepNumbers, keepRules, numbersOf, textOf, usualKeep } from './keep-text.ts'

/** Which snapshots stay. `undefined` is every one. */
export function KeepEditor({
  keep,
  onChange,
}: {
  keep: string | undefined
  onChange: (keep: string | undefined) => void
}) {
  const { t } = useWords()
  return (
    <Stack gap="sm">
      <Radio.Group
        label={t('retention.title')}
        value={keep === undefined ? 'all' : 'rules'}
        onChange={(mode) => onChange(mode === 'all' ? undefined : (keep ?? usualKeep))}
      >
        <SimpleGrid cols={{ base: 1, xs: 2 }} mt="xs">
          <Radio value="all" label={t('retention.all')} description={t('retention.allHint')} />
          <Radio value="rules" label={t('retention.rules')} />
        </SimpleGrid>
      </Radio.Group>
      {keep !== undefined && (
        <>
          <KeepFields keep={keep} onChange={onChange} />
          <Text size="xs" c="dimmed">
            {t('retention.rulesHint')}
          </Text>
        </>
      )}
    </Stack>
  )
}

/** One number a line of the rule. */
export function KeepFields({ keep, onChange }: { keep: string; onChange: (keep: string) => void }) {
  const { t } = useWords()
  const numbers = numbersOf(keep)
  const set = (change: KeepNumbers): void => onChange(textOf({ ...numbers, ...change }))
  return (
    <SimpleGrid cols={{ base: 2, xs: 3 }} spacing="xs">
      {keepRules.map((rule) => (
        <NumberInput
          key={rule}
          size="xs"
          label={t(`retention.${rule}`)}
          placeholder={t('retention.none')}
          min={0}
          max={9_999}
          allowDecimal={false}
          value={numbers[rule] ?? ''}
          onChange={(value) => set({ [rule]: Number(value) || undefined })}
        />
      ))}
      <NumberInput
        size="xs"
        label={t('retention.within')}
        placeholder={t('retention.none')}
        min={0}
        max={36_500}
        allowDecimal={false}
        value={daysOf(numbers.within) ?? ''}
        onChange={(value) => {
          const days = Number(value) || 0
          // Months and years stay as they were written until the number really changes.
          if (days !== (daysOf(numbers.within) ?? 0)) set({ within: days > 0 ? `${days}d` : undefined })
        }}
      />
    </SimpleGrid>
  )
}
