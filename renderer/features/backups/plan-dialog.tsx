import { Button, Checkbox, Group, Modal, NumberInput, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { IconFolderPlus } from '@tabler/icons-react'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import type { Plan } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { type BackupFormat, FormatChoice } from '../../components/forms/format-choice.tsx'
import { Presets } from '../../components/forms/presets.tsx'
import { useFolderChoice } from '../../components/forms/use-folder-choice.tsx'
import { PathList } from '../../components/lists/path-list.tsx'
import { layDown, useDropped } from '../../store/dropped.ts'
import { useAction } from '../../store/use-action.ts'
import { useSlice } from '../../store/use-engine.ts'
import { USUAL_SCHEDULE } from '../../words/schedules.ts'
import { useWords } from '../../words/use-words.ts'
import { AddDatabase } from '../databases/add-database.tsx'
import { KeepAt } from '../retention/keep-at.tsx'
import { KeepEditor } from '../retention/keep-editor.tsx'
import { KeepPreview } from '../retention/keep-preview.tsx'
import { useScheduleTrial, type When } from '../schedule/use-schedule-trial.ts'
import { WhenFields } from '../schedule/when-fields.tsx'

/** Makes a plan or changes one. */
export default function PlanDialog({
  plan,
  onClose,
}: {
  plan: Plan | 'new' | undefined
  onClose: () => void
}) {
  const { t } = useWords()
  const title =
    plan === undefined || plan === 'new' ? t('plans.newTitle') : t('plans.editTitle', { plan: plan.name })
  return (
    <Modal
      opened={plan !== undefined}
      onClose={onClose}
      title={title}
      size="lg"
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {plan !== undefined && <PlanForm plan={plan === 'new' ? undefined : plan} onDone={onClose} />}
    </Modal>
  )
}

function PlanForm({ plan, onDone }: { plan: Plan | undefined; onDone: () => void }) {
  const { t } = useWords()
  const places = Object.values(useSlice('places') ?? {})
  const add = useAction('plan.add')
  const update = useAction('plan.update')
  const [name, setName] = useState(plan?.name ?? '')
  const [format, setFormat] = useState<BackupFormat>(plan?.format ?? 'snapshot')
  const [keep, setKeep] = useState(plan?.keep)
  const [keepAt, setKeepAt] = useState<Readonly<Record<string, string>>>(plan?.keepAt ?? {})
  const [sources, setSources] = useState<readonly string[]>(plan?.sources ?? [])
  const [placeIds, setPlaceIds] = useState<string[]>(plan?.placeIds ?? places.map((place) => place.id))
  const [when, setWhen] = useState<When>({
    schedule: plan?.schedule ?? USUAL_SCHEDULE,
    waitFor: plan?.waitFor ?? [],
    quietHours: plan?.quietHours,
  })
  const trial = useScheduleTrial({ planId: plan?.id }, when, placeIds)
  const whenFields = useRef<HTMLFieldSetElement>(null)
  const [staleAfter, setStaleAfter] = useState<number | string>(plan?.staleAfterHours ?? '')
  const [keepDays, setKeepDays] = useState<number | string>(plan?.keepDays ?? '')
  const [presets, setPresets] = useState<readonly string[]>(plan?.excludePresets ?? ['caches', 'temporary'])
  const [exclude, setExclude] = useState((plan?.exclude ?? []).join('\n'))
  const [tried, setTried] = useState(false)
  const addSource = (source: string): void =>
    setSources((now) => (now.includes(source) ? now : [...now, source]))
  const folder = useFolderChoice(addSource)
  const dropped = useDropped()
  useEffect(() => {
    if (dropped.length === 0) return
    setSources((now) => [...new Set([...now, ...dropped])])
    layDown([])
  }, [dropped])
  const error = add.error ?? update.error
  const complete = name.trim() !== '' && sources.length > 0 && placeIds.length > 0

  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setTried(true)
    // The field says what is wrong; it may have been scrolled away.
    if (trial.wrong) whenFields.current?.focus()
    if (!complete || trial.wrong) return
    const { schedule, waitFor, quietHours } = when
    const input = {
      name: name.trim(),
      sources: [...sources],
      format,
      placeIds,
      schedule,
      waitFor: [...waitFor],
      excludePresets: [...presets],
      exclude: exclude
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean),
    }
    const days = format === 'archive' && typeof keepDays === 'number' ? keepDays : undefined
    const ownRules = Object.fromEntries(
      Object.entries(keepAt).filter(([id, own]) => own !== '' && placeIds.includes(id)),
    )
    const staleAfterHours = typeof staleAfter === 'number' ? staleAfter : undefined
    const rule = format === 'snapshot' && keep ? keep : undefined
    const saved = plan
      ? await update.act({
          id: plan.id,
          change: {
            ...input,
            keepAt: ownRules,
            keepDays: days ?? null,
            keep: rule ?? null,
            quietHours: quietHours ?? null,
            staleAfterHours: staleAfterHours ?? null,
          },
        })
      : await add.act({
          ...input,
          ...(quietHours === undefined ? {} : { quietHours }),
          ...(staleAfterHours === undefined ? {} : { staleAfterHours }),
          ...(days === undefined ? {} : { keepDays: days }),
          ...(rule === undefined ? {} : { keep: rule }),
          ...(Object.keys(ownRules).length === 0 ? {} : { keepAt: ownRules }),
        })
    if (saved) onDone()
  }

  return (
    <form onSubmit={save} noValidate>
      <Stack>
        <TextInput
          label={t('plans.name')}
          placeholder={t('plans.nameHint')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={tried && !name.trim() && t('plans.nameMissing')}
          data-autofocus
        />
        <div>
          <Text size="sm" fw={500} mb={4}>
            {t('plans.sources')}
          </Text>
          <PathList
            paths={sources}
            label={t('plans.sources')}
            removeLabel={(path) => t('plans.removeFolder', { path })}
            onRemove={(path) => setSources((now) => now.filter((other) => other !== path))}
          />
          <Button
            variant="light"
            size="xs"
            mt={4}
            leftSection={<IconFolderPlus size={16} aria-hidden />}
            onClick={folder.choose}
          >
            {t('plans.addFolder')}
          </Button>{' '}
          <AddDatabase onAdd={addSource} />
          {tried && sources.length === 0 && (
            <Text size="xs" c="var(--mantine-color-error)" mt={4} role="alert">
              {t('plans.noSources')}
            </Text>
          )}
        </div>
        <Checkbox.Group
          label={t('plans.places')}
          description={t('plans.placesHint')}
          value={placeIds}
          onChange={setPlaceIds}
          error={tried && placeIds.length === 0 && t('plans.noPlaces')}
        >
          <Stack gap="xs" mt="xs">
            {places.map((place) => (
              <Checkbox key={place.id} value={place.id} label={place.name} />
            ))}
          </Stack>
        </Checkbox.Group>
        <FormatChoice value={format} onChange={setFormat} />
        <WhenFields value={when} onChange={setWhen} trial={trial} ref={whenFields} />
        {format === 'archive' && (
          <NumberInput
            label={t('plans.keepDays')}
            placeholder={t('plans.keepDaysHint')}
            min={1}
            max={36_500}
            allowDecimal={false}
            value={keepDays}
            onChange={setKeepDays}
          />
        )}
        <NumberInput
          label={t('plans.staleAfter')}
          description={t('plans.staleAfterHint')}
          min={1}
          max={87_600}
          allowDecimal={false}
          value={staleAfter}
          onChange={setStaleAfter}
        />
        {format === 'snapshot' && (
          <>
            <KeepEditor keep={keep} onChange={setKeep} />
            {placeIds.length > 1 && (
              <KeepAt
                places={places.filter((place) => placeIds.includes(place.id))}
                keepAt={keepAt}
                onChange={setKeepAt}
              />
            )}
            {plan?.format === 'snapshot' && (keep !== undefined || Object.keys(keepAt).length > 0) && (
              <KeepPreview planId={plan.id} placeIds={placeIds} keep={keep} keepAt={keepAt} />
            )}
          </>
        )}
        <Presets chosen={presets} onChange={setPresets} />
        <Textarea
          label={t('plans.exclude')}
          description={t('plans.excludeHint')}
          autosize
          minRows={2}
          maxRows={6}
          value={exclude}
          onChange={(event) => setExclude(event.currentTarget.value)}
        />
        {error && <ErrorNote error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={add.busy || update.busy}>
            {t(plan ? 'common.save' : 'plans.add')}
          </Button>
        </Group>
      </Stack>
      {folder.dialog}
    </form>
  )
}
