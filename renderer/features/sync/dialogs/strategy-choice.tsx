import { Radio, Stack } from '@mantine/core'
import { SyncStrategy } from '../../../../main/contract/index.ts'
import { useWords } from '../../../words/use-words.ts'

const offered: readonly SyncStrategy[] = ['server_preferred', 'last_write_wins', 'local_preferred', 'manual']

/** What happens when two devices changed one file, each with what becomes of the version that gives way. */
export function StrategyChoice({
  value,
  onChange,
}: {
  value: SyncStrategy
  onChange: (strategy: SyncStrategy) => void
}) {
  const { t } = useWords()
  return (
    <Radio.Group
      label={t('syncPage.strategy.label')}
      description={t('syncPage.strategy.hint')}
      value={value}
      onChange={(chosen) => onChange(SyncStrategy.parse(chosen))}
    >
      <Stack gap="xs" mt="xs">
        {offered.map((strategy) => (
          <Radio
            key={strategy}
            value={strategy}
            label={t(`syncPage.strategy.name.${strategy}`)}
            description={t(`syncPage.strategy.loser.${strategy}`)}
          />
        ))}
      </Stack>
    </Radio.Group>
  )
}
