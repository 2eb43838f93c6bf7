import { Stack, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { ErrorNote } from '../../components/error-note.tsx'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import { PlacePreview } from './place-preview.tsx'
import { StripLegend } from './strip-legend.tsx'

/** Tries a plan's rules, as they are typed, on the snapshots that are really there. */
export function KeepPreview({
  planId,
  placeIds,
  keep,
  keepAt,
}: {
  planId: string
  placeIds: readonly string[]
  keep: string | undefined
  keepAt: Readonly<Record<string, string>>
}) {
  const { t } = useWords()
  return (
    <Stack gap="sm" data-testid="keep-preview">
      <Text size="sm" fw={500}>
        {t('retention.previewTitle')}
      </Text>
      {placeIds.map((placeId) => (
        <AtPlace key={placeId} planId={planId} placeId={placeId} keep={keepAt[placeId] ?? keep} />
      ))}
      <StripLegend />
    </Stack>
  )
}

/** A place where everything stays has nothing to try. */
function AtPlace({ planId, placeId, keep }: { planId: string; placeId: string; keep: string | undefined }) {
  const [tried] = useDebouncedValue(keep, 350)
  const answer = useAnswer('retention.preview', tried ? { planId, placeId, keep: tried } : null)
  if (!tried) return null
  if (answer.error) return <ErrorNote error={answer.error} />
  return answer.data?.places
    .filter((place) => place.placeId === placeId)
    .map((place) => <PlacePreview key={`${place.placeId} ${place.planId}`} preview={place} />)
}
