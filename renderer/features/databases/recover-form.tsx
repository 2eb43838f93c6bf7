import { Button, Group, Radio, Select, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useCallback, useState } from 'react'
import type { CallInput, PlaceCoverage, WireError } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { useFolderChoice } from '../../components/forms/use-folder-choice.tsx'
import { useWords } from '../../words/use-words.ts'
import { coveredBands, isCovered, joined } from './coverage-bands.ts'

type Target = 'latest' | 'time' | 'point'
const BEST = ''
/** Stretches that are told; older ones show in the strips. */
const SHOWN = 4

/** Which moment, from where, and where to. */
export function RecoverForm({
  places,
  busy,
  error,
  onRecover,
  onCancel,
}: {
  places: readonly PlaceCoverage[]
  busy: boolean
  error: WireError | undefined
  onRecover: (order: Omit<CallInput<'databases.recover'>, 'name'>) => void
  onCancel: () => void
}) {
  const { t, exact } = useWords()
  const [target, setTarget] = useState<Target>('latest')
  const [moment, setMoment] = useState('')
  const [point, setPoint] = useState<string | null>(null)
  const [placeId, setPlaceId] = useState(BEST)
  const [timeline, setTimeline] = useState(BEST)
  const [into, setInto] = useState('')
  const [tried, setTried] = useState(false)
  const folder = useFolderChoice(useCallback((path: string) => setInto(path), []))

  const choice = {
    placeId: placeId === BEST ? undefined : placeId,
    timeline: timeline === BEST ? undefined : Number(timeline),
  }
  const bands = coveredBands(places, choice)
  const stretches = joined(bands)
  const meant = places.filter((place) => placeId === BEST || place.placeId === placeId)
  const points = new Map(meant.flatMap(({ restorePoints }) => restorePoints.map((each) => [each.name, each])))
  const timelines = [...new Set(places.flatMap((place) => place.timelines.map((each) => each.timeline)))]
  const momentMs = Date.parse(moment)
  const targets: Target[] = points.size > 0 ? ['latest', 'time', 'point'] : ['latest', 'time']

  const momentProblem = Number.isNaN(momentMs)
    ? t('databasesPage.momentMissing')
    : isCovered(bands, momentMs)
      ? undefined
      : t('databasesPage.momentGap')
  const isFit =
    into.trim() !== '' && (target !== 'time' || !momentProblem) && (target !== 'point' || point !== null)

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setTried(true)
    if (!isFit) return
    const to =
      target === 'latest' ? 'latest' : target === 'time' ? new Date(momentMs).toISOString() : (point ?? '')
    onRecover({
      to,
      into: into.trim(),
      ...(choice.placeId === undefined ? {} : { placeId: choice.placeId }),
      ...(choice.timeline === undefined ? {} : { timeline: choice.timeline }),
    })
  }

  return (
    <>
      <form onSubmit={submit} noValidate data-testid="recover">
        <Stack>
          <Radio.Group
            label={t('databasesPage.whichMoment')}
            value={target}
            onChange={(value) => setTarget(value as Target)}
          >
            <Stack gap="xs" mt="xs">
              {targets.map((each) => (
                <Radio key={each} value={each} label={t(`databasesPage.target.${each}`)} />
              ))}
            </Stack>
          </Radio.Group>
          {target === 'time' && (
            <TextInput
              type="datetime-local"
              step={1}
              w={280}
              label={t('databasesPage.moment')}
              value={moment}
              error={(tried || moment !== '') && momentProblem}
              onChange={(event) => setMoment(event.currentTarget.value)}
            />
          )}
          {target === 'time' && (
            <div>
              <Text size="sm" c="dimmed">
                {t(bands.length > 0 ? 'databasesPage.canBeHad' : 'databasesPage.nothing')}
              </Text>
              {stretches.slice(-SHOWN).map(({ from, to }) => (
                <Text size="sm" c="dimmed" key={from}>
                  {t('databasesPage.between', { from: exact(from), to: exact(to) })}
                </Text>
              ))}
            </div>
          )}
          {target === 'point' && (
            <Select
              label={t('databasesPage.point')}
              data={[...points.values()].map(({ name, at }) => ({
                value: name,
                label: `${name} (${exact(at)})`,
              }))}
              value={point}
              error={tried && point === null && t('places.fields.missing')}
              onChange={setPoint}
            />
          )}
          <Group align="flex-end" gap="xs" wrap="nowrap">
            <TextInput
              flex={1}
              label={t('databasesPage.into')}
              description={t('databasesPage.intoHint')}
              value={into}
              error={tried && into.trim() === '' && t('places.fields.missing')}
              onChange={(event) => setInto(event.currentTarget.value)}
            />
            <Button variant="default" onClick={folder.choose}>
              {t('restore.browse')}
            </Button>
          </Group>
          <Group grow align="flex-start">
            <Select
              label={t('restore.from')}
              allowDeselect={false}
              data={[
                { value: BEST, label: t('restore.fromBest') },
                ...places.map((place) => ({ value: place.placeId, label: place.placeName })),
              ]}
              value={placeId}
              onChange={(value) => setPlaceId(value ?? BEST)}
            />
            {timelines.length > 1 && (
              <Select
                label={t('databasesPage.whichTimeline')}
                allowDeselect={false}
                data={[
                  { value: BEST, label: t('databasesPage.newestTimeline') },
                  ...timelines.map((each) => ({
                    value: String(each),
                    label: t('databasesPage.timeline', { timeline: each }),
                  })),
                ]}
                value={timeline}
                onChange={(value) => setTimeline(value ?? BEST)}
              />
            )}
          </Group>
          {error && <ErrorNote error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onCancel}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={busy}>
              {t('databasesPage.recoverStart')}
            </Button>
          </Group>
        </Stack>
      </form>
      {/* Not inside the form: it has one of its own. */}
      {folder.dialog}
    </>
  )
}
