import { ActionIcon, Button, Group, Progress, Stack, Text } from '@mantine/core'
import { IconPencil, IconTestPipe, IconTrash } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import type { CallOutput, Place, RepositoryInfo } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { kindOf, placeIcon } from '../../components/provider.ts'
import { healthLook } from '../../components/states.ts'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { ToneBadge, ToneDisc } from '../../components/tone.tsx'
import { useAction } from '../../store/use-action.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { InTheClearNote } from './in-the-clear-note.tsx'
import { PlaceRepository } from './place-repository.tsx'
import styles from './places.module.css'
import { TestResult } from './test-result.tsx'

/** A place: whether it works, what it holds, what is still to come. `wanted`: the person came for this one. */
export function PlaceCard({
  place,
  repositories,
  wanted,
  onChanged,
  onEdit,
}: {
  place: Place
  repositories: readonly RepositoryInfo[]
  wanted: boolean
  onChanged: () => void
  onEdit: () => void
}) {
  const { t, bytes } = useWords()
  const card = useRef<HTMLDivElement>(null)
  const test = useAction('place.test')
  const [result, setResult] = useState<CallOutput<'place.test'>>()
  const [removing, setRemoving] = useState(false)
  const { freeBytes, totalBytes } = place.capabilities ?? {}
  const awaited = (place.waitFor ?? []).map((condition) => t(`condition.${condition}`)).join(', ')
  const held = [
    ...(awaited === '' ? [] : [t('places.copiesWait', { what: awaited })]),
    ...(place.quietHours === undefined ? [] : [t('places.notAt', { hours: place.quietHours })]),
  ]

  useEffect(() => {
    if (wanted) card.current?.scrollIntoView({ block: 'center' })
  }, [wanted])

  return (
    <Card
      className={styles.place}
      ref={card}
      role="group"
      aria-label={place.name}
      data-wanted={wanted || undefined}
      data-testid="place-card"
    >
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Group gap="md" wrap="nowrap" miw={0}>
          <ToneDisc tone="ok" icon={placeIcon(place)} size={44} />
          <Stack gap={0} miw={0}>
            <Text component="h2" fw={650} size="lg" truncate>
              {place.name}
            </Text>
            <Text size="sm" c="dimmed">
              {t(`providers.${kindOf(place)}`)}
            </Text>
          </Stack>
        </Group>
        <ToneBadge {...healthLook[place.health.state]}>{t(`places.health.${place.health.state}`)}</ToneBadge>
      </Group>
      <div>
        <code className={styles.url}>{place.url}</code>
        {place.health.checkedAt && (
          <Text size="xs" c="dimmed" mt={2}>
            {t('places.checkedAt', { time: '' })}
            <RelativeTime at={place.health.checkedAt} />
          </Text>
        )}
      </div>
      <dl className={styles.facts}>
        <div>
          <dt>{t('places.copiesHere')}</dt>
          <dd>{place.copies}</dd>
        </div>
        <div>
          <dt>{t('places.stored')}</dt>
          <dd>{bytes(place.bytes)}</dd>
        </div>
        <div>
          <dt>{t('places.behind')}</dt>
          <dd>{place.behind === 0 ? t('places.behindNone') : place.behind}</dd>
        </div>
      </dl>
      {freeBytes !== undefined && totalBytes !== undefined && totalBytes > 0 && (
        <div>
          <Progress
            size={6}
            radius="xl"
            value={(1 - freeBytes / totalBytes) * 100}
            aria-label={t('places.free', { free: bytes(freeBytes), total: bytes(totalBytes) })}
          />
          <Text size="xs" c="dimmed" mt={4}>
            {t('places.free', { free: bytes(freeBytes), total: bytes(totalBytes) })}
          </Text>
        </div>
      )}
      <InTheClearNote endpoint={place.endpoint} />
      {held.length > 0 && (
        <Text size="sm" c="dimmed">
          {held.join(' ')}
        </Text>
      )}
      <PlaceRepository place={place} repositories={repositories} onChanged={onChanged} />
      {place.health.error && !result && <ErrorNote error={place.health.error} place={place.name} />}
      <div role="status">
        {test.busy && <Text size="sm">{t('places.testing')}…</Text>}
        {result && <TestResult result={result} place={place.name} />}
      </div>
      {test.error && <ErrorNote error={test.error} place={place.name} />}
      <Group gap="xs" mt="auto">
        <Button
          size="xs"
          variant="light"
          leftSection={<IconTestPipe size={15} aria-hidden />}
          loading={test.busy}
          aria-label={t('places.testNamed', { place: place.name })}
          onClick={async () => setResult(await test.act({ id: place.id }))}
        >
          {t('places.test')}
        </Button>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPencil size={15} aria-hidden />}
          aria-label={t('places.editNamed', { place: place.name })}
          onClick={onEdit}
        >
          {t('common.edit')}
        </Button>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={30}
          ml="auto"
          aria-label={t('places.removeNamed', { place: place.name })}
          title={t('places.removeNamed', { place: place.name })}
          onClick={() => setRemoving(true)}
        >
          <IconTrash size={17} />
        </ActionIcon>
      </Group>
      <RemovePlace place={place} opened={removing} onClose={() => setRemoving(false)} />
    </Card>
  )
}

const namesOf = (users: readonly { readonly name: string }[]): string =>
  users.map(({ name }) => name).join(', ')

function RemovePlace({ place, opened, onClose }: { place: Place; opened: boolean; onClose: () => void }) {
  const { t } = useWords()
  const remove = useAction('place.remove')
  const users = Object.values(useSlice('plans') ?? {}).filter((plan) => plan.placeIds.includes(place.id))
  const isHere = ({ placeId }: { readonly placeId: string }): boolean => placeId === place.id
  const synced = Object.values(useSlice('syncs') ?? {}).filter(isHere)
  const mirrored = Object.values(useSlice('mirrors') ?? {}).filter(isHere)
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={t('places.removeTitle', { place: place.name })}
      body={t('places.removeBody')}
      confirm={t('places.removeConfirm', { count: place.copies })}
      busy={remove.busy}
      error={remove.error}
      onConfirm={() => remove.act({ id: place.id })}
    >
      {users.length > 0 && <Text size="sm">{t('places.removeUsed', { plans: namesOf(users) })}</Text>}
      {synced.length > 0 && (
        <Text size="sm">{t('places.removeSynced', { count: synced.length, names: namesOf(synced) })}</Text>
      )}
      {mirrored.length > 0 && (
        <Text size="sm">
          {t('places.removeMirrored', { count: mirrored.length, names: namesOf(mirrored) })}
        </Text>
      )}
    </ConfirmDialog>
  )
}
