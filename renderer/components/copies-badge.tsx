import { Stack, Text, Tooltip } from '@mantine/core'
import type { Backup } from '../../main/contract/index.ts'
import { useWords } from '../words/use-words.ts'
import { copiesLook } from './states.ts'
import { ToneBadge } from './tone.tsx'

/** `2 of 3 copies`, with each place's state on hover and for screen readers. */
export function CopiesBadge({ copies }: { copies: Backup['copies'] }) {
  const { t } = useWords()
  const lines = copies.map((copy) =>
    t('copies.at', { place: copy.placeName, state: t(`copies.state.${copy.state}`) }),
  )
  const current = copies.filter((copy) => copy.state === 'synced').length
  return (
    <Tooltip
      label={
        <Stack gap={2}>
          {lines.map((line) => (
            <Text size="xs" key={line}>
              {line}
            </Text>
          ))}
        </Stack>
      }
    >
      <span>
        <ToneBadge {...copiesLook(copies)}>
          {t('copies.ofCurrent', { current, total: copies.length })}
        </ToneBadge>
      </span>
    </Tooltip>
  )
}
