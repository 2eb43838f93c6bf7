import { Button, Checkbox, Group, Stack, Text, Title } from '@mantine/core'
import { IconBolt, IconPlus, IconShieldCheck } from '@tabler/icons-react'
import { useState } from 'react'
import { ErrorNote } from '../../components/error-note.tsx'
import { type BackupFormat, FormatChoice } from '../../components/forms/format-choice.tsx'
import { placeIcon } from '../../components/provider.ts'
import { ToneDisc } from '../../components/tone.tsx'
import { useAction } from '../../store/use-action.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { NewPlace } from '../places/place-dialog.tsx'
import styles from './first-run.module.css'
import type { SourceChoice } from './what-step.tsx'

/** One place or several, each tested; then the plan is made and its first backup starts. */
export function WhereStep({
  choice,
  onStarted,
}: {
  choice: SourceChoice
  onStarted: (runId: string, format: BackupFormat) => void
}) {
  const { t, bytes } = useWords()
  const places = Object.values(useSlice('places') ?? {})
  const plans = useSlice('plans') ?? {}
  const [adding, setAdding] = useState(places.length === 0)
  const [left, setLeft] = useState<readonly string[]>([])
  const [format, setFormat] = useState<BackupFormat>('snapshot')
  const addPlan = useAction('plan.add')
  const updatePlan = useAction('plan.update')
  const start = useAction('backup.start')
  const used = places.filter((place) => !left.includes(place.id))
  const error = addPlan.error ?? updatePlan.error ?? start.error

  const begin = async (): Promise<void> => {
    const input = {
      name: t('firstRun.planName'),
      format,
      sources: choice.folders.filter((folder) => folder.ticked).map((folder) => folder.path),
      placeIds: used.map((place) => place.id),
      excludePresets: [...choice.presets],
    }
    // A second try after the start failed goes on with the plan that the first one made.
    const made = Object.values(plans).find((plan) => plan.name === input.name)
    const plan = made ? await updatePlan.act({ id: made.id, change: input }) : await addPlan.act(input)
    const started = plan && (await start.act({ plan: plan.id }))
    if (started) onStarted(started.runId, format)
  }

  return (
    <Stack gap="lg">
      <div>
        <Title order={1} size="h2">
          {t('firstRun.whereTitle')}
        </Title>
        <Text c="dimmed">{t('firstRun.whereBody')}</Text>
      </div>
      {places.length > 0 && (
        <section aria-label={t('firstRun.yourPlaces')}>
          <ul className={styles.folders} data-testid="your-places">
            {places.map((place) => {
              const ProviderIcon = placeIcon(place)
              return (
                <li key={place.id}>
                  <Checkbox
                    checked={!left.includes(place.id)}
                    aria-label={t('firstRun.useIt', { place: place.name })}
                    onChange={(event) =>
                      setLeft(
                        event.currentTarget.checked
                          ? left.filter((id) => id !== place.id)
                          : [...left, place.id],
                      )
                    }
                  />
                  <ProviderIcon size={22} stroke={1.6} aria-hidden />
                  <div className={styles.grow}>
                    <Text fw={560}>{place.name}</Text>
                    <Text size="xs" c="dimmed" className={styles.path}>
                      {place.url}
                    </Text>
                  </div>
                </li>
              )
            })}
          </ul>
        </section>
      )}
      {adding ? (
        <NewPlace onDone={() => setAdding(false)} />
      ) : (
        <>
          {used.length === 1 && (
            <div className={styles.nudge}>
              <ToneDisc tone="warn" icon={IconShieldCheck} size={38} />
              <div>
                <Text fw={620}>{t('firstRun.nudgeTitle')}</Text>
                <Text size="sm">{t('firstRun.nudgeBody')}</Text>
              </div>
            </div>
          )}
          <Button
            variant="light"
            w="fit-content"
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => setAdding(true)}
          >
            {t('firstRun.anotherPlace')}
          </Button>
          <FormatChoice value={format} onChange={setFormat} />
          <Text size="sm" c="dimmed">
            {t(format === 'snapshot' ? 'firstRun.encryptedNote' : 'firstRun.plainNote')}
          </Text>
        </>
      )}
      {error && <ErrorNote error={error} />}
      {places.length > 0 && (
        <Group justify="space-between" className={styles.foot}>
          <Text fw={600} className={styles.grow}>
            {choice.bytes !== undefined &&
              t('firstRun.summary', {
                size: bytes(choice.bytes),
                places: used.map((place) => place.name).join(', '),
              })}
          </Text>
          <Button
            size="md"
            disabled={used.length === 0}
            loading={addPlan.busy || updatePlan.busy || start.busy}
            leftSection={<IconBolt size={18} aria-hidden />}
            onClick={begin}
          >
            {t('firstRun.start')}
          </Button>
        </Group>
      )}
    </Stack>
  )
}
