import { Checkbox, Stack } from '@mantine/core'
import type { Place } from '../../../main/contract/index.ts'
import { useWords } from '../../words/use-words.ts'
import { KeepFields } from './keep-editor.tsx'
import { usualKeep } from './keep-text.ts'

/** A rule of its own for single places: a small disk keeps less than a large one. */
export function KeepAt({
  places,
  keepAt,
  onChange,
}: {
  places: readonly Place[]
  keepAt: Readonly<Record<string, string>>
  onChange: (keepAt: Record<string, string>) => void
}) {
  const { t } = useWords()
  const set = (placeId: string, keep: string | undefined): void => {
    const { [placeId]: _, ...others } = keepAt
    onChange(keep === undefined ? others : { ...others, [placeId]: keep })
  }
  return (
    <Stack gap="xs">
      {places.map((place) => {
        const own = keepAt[place.id]
        return (
          <div key={place.id}>
            <Checkbox
              size="xs"
              label={t('retention.atOwn', { place: place.name })}
              checked={own !== undefined}
              onChange={(event) => set(place.id, event.currentTarget.checked ? usualKeep : undefined)}
            />
            {own !== undefined && (
              <Stack mt="xs" ml="lg">
                <KeepFields keep={own} onChange={(keep) => set(place.id, keep)} />
              </Stack>
            )}
          </div>
        )
      })}
    </Stack>
  )
}
