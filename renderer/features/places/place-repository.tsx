import { Button, Group, Stack, Text } from '@mantine/core'
import { type Place, PROVEN_WITHIN_DAYS, type RepositoryInfo } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'
import { AdoptButton } from '../recovery/adopt-button.tsx'
import styles from './places.module.css'

/** The encrypted repository of a place, or the way to open one that lies there already. */
export function PlaceRepository({
  place,
  repositories,
  onChanged,
}: {
  place: Place
  repositories: readonly RepositoryInfo[]
  onChanged: () => void
}) {
  const here = repositories
    .flatMap((repository) => repository.places)
    .find(({ placeId }) => placeId === place.id)
  return (
    <>
      {place.repositoryId !== undefined && here && <Facts here={here} onChanged={onChanged} />}
      <AdoptButton place={place} onChanged={onChanged} />
    </>
  )
}

function Facts({ here, onChanged }: { here: RepositoryInfo['places'][number]; onChanged: () => void }) {
  const { t, bytes, number, exact } = useWords()
  const takeOver = useAction('repository.takeOver')
  const accept = useAction('repository.acceptHistory')
  const failed = takeOver.error ?? accept.error
  const rolledBack = here.error?.code === 'rollback-detected'
  const { placeId } = here
  return (
    <Stack gap="xs" data-testid="place-repository">
      <Text size="sm" fw={560}>
        {t('repository.title')}
      </Text>
      <dl className={styles.facts}>
        <div>
          <dt>{t('repository.snapshots')}</dt>
          <dd>{number(here.snapshots)}</dd>
        </div>
        <div>
          <dt>{t('repository.packs')}</dt>
          <dd>{number(here.packs)}</dd>
        </div>
        <div>
          <dt>{t('repository.size')}</dt>
          <dd>{bytes(here.bytes)}</dd>
        </div>
      </dl>
      {here.provenSince !== undefined && (
        <Text size="xs" c="dimmed" data-testid="proven-since">
          {t('repository.provenSince')} {exact(here.provenSince)}.
          {here.unreadPacks > 0 && ` ${t('repository.unread', { count: here.unreadPacks })}`}
        </Text>
      )}
      {here.isProvenLate && (
        <Text size="sm" fw={600}>
          {t('repository.provenLate', { days: PROVEN_WITHIN_DAYS })}
        </Text>
      )}
      <Text size="xs" c="dimmed">
        {t('repository.log')} {t(`repository.${here.log}`)}.
      </Text>
      {here.error && <ErrorNote error={here.error} place={here.placeName} />}
      {rolledBack && (
        <Group gap="xs">
          <Text size="sm">{t('repository.acceptHistoryHint')}</Text>
          <Button
            size="xs"
            variant="default"
            loading={accept.busy}
            onClick={async () => (await accept.act({ placeId })) && onChanged()}
          >
            {t('repository.acceptHistory')}
          </Button>
        </Group>
      )}
      {!here.isOwner && here.log === 'single-writer' && (
        <Group gap="xs">
          <Text size="sm">{t('repository.takeOverHint')}</Text>
          <Button
            size="xs"
            variant="default"
            loading={takeOver.busy}
            onClick={async () => (await takeOver.act({ placeId })) && onChanged()}
          >
            {t('repository.takeOver')}
          </Button>
        </Group>
      )}
      {failed && <ErrorNote error={failed} place={here.placeName} />}
    </Stack>
  )
}
