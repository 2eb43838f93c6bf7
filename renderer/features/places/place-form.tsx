import { Button, Collapse, Group, Stack, Text, TextInput, UnstyledButton } from '@mantine/core'
import { IconChevronDown, IconChevronRight, IconLockOpen, IconTestPipe } from '@tabler/icons-react'
import { type FormEvent, useId, useState } from 'react'
import type { CallOutput, Condition, Place } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { HoldBack } from '../../components/hold-back.tsx'
import { kindOf, type ProviderKind } from '../../components/provider.ts'
import { useAction } from '../../store/use-action.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { InTheClearNote } from './in-the-clear-note.tsx'
import { PlaceFieldInput } from './place-field-input.tsx'
import {
  budgetBytesOf,
  budgetText,
  missingFields,
  type PlaceValues,
  placeChangeOf,
  placeFields,
  placeInputOf,
} from './place-fields.ts'
import styles from './places.module.css'
import { TestResult } from './test-result.tsx'

const OFFERED = ['mains', 'unmetered', 'online'] as const satisfies readonly Condition[]

/** Sets up a place of one kind, or changes one: only the fields it needs, and a test that really writes, reads and deletes. */
export function PlaceForm({
  kind,
  place,
  onDone,
  onBack,
}: {
  kind: ProviderKind
  place?: Place
  onDone: (place: Place) => void
  onBack: () => void
}) {
  const { t } = useWords()
  const places = Object.values(useSlice('places') ?? {})
  const advancedId = useId()
  const [name, setName] = useState(place?.name ?? freeName(defaultName(), places))
  const [values, setValues] = useState<PlaceValues>(() => valuesOf(place))
  const [waitFor, setWaitFor] = useState<readonly Condition[]>(place?.waitFor ?? [])
  const [quietHours, setQuietHours] = useState(place?.quietHours)
  const [advanced, setAdvanced] = useState(false)
  const [tried, setTried] = useState(false)
  const [result, setResult] = useState<CallOutput<'place.test'>>()
  const test = useAction('place.test')
  const add = useAction('place.add')
  const update = useAction('place.update')

  const kept = place && kindOf(place) === kind ? place.secretNames : []
  const missing = missingFields(kind, values, kept)
  const fields = placeFields[kind]
  const isBudgetWrong = Number.isNaN(budgetBytesOf(values.budget))
  const input = {
    ...placeInputOf(kind, name, values),
    ...(waitFor.length > 0 ? { waitFor: [...waitFor] } : {}),
    ...(quietHours === undefined ? {} : { quietHours }),
  }
  const refused = add.error ?? update.error

  function defaultName(): string {
    return kind === 'local' ? t('places.localName') : t(`providers.${kind}`)
  }

  const set = (field: string, value: string): void => {
    setResult(undefined)
    add.forget()
    setValues((now) => ({ ...now, [field]: value }))
  }
  const complete = (): boolean => {
    setTried(true)
    return name.trim() !== '' && missing.length === 0 && !isBudgetWrong
  }
  const runTest = async (): Promise<void> => {
    if (!complete()) return
    setResult(undefined)
    setResult(await test.act({ ...(place ? { id: place.id } : {}), input }))
  }
  const save = async (withTest: boolean): Promise<void> => {
    const { secrets } = input
    const saved = place
      ? await update.act({ id: place.id, change: placeChangeOf(input), ...(secrets ? { secrets } : {}) })
      : await add.act({ ...input, test: withTest })
    if (saved) onDone(saved)
  }
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    // A test that just passed with exactly these values is not made twice.
    if (complete()) void save(!result?.ok)
  }

  const wrongWith = (field: string): string | undefined => {
    if (field === 'budget' && isBudgetWrong) return t('places.fields.budgetWrong')
    return missing.includes(field) ? t('places.fields.missing') : undefined
  }
  const inputFor = (field: (typeof fields)[number]) => (
    <PlaceFieldInput
      key={field.name}
      field={field}
      value={values[field.name] ?? ''}
      kept={kept.includes(field.name)}
      error={tried ? wrongWith(field.name) : undefined}
      onChange={(value) => set(field.name, value)}
    />
  )
  const advancedFields = fields.filter((field) => field.advanced)

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label={t('places.fields.name')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={tried && !name.trim() && t('places.fields.missing')}
        />
        {fields.filter((field) => !field.advanced).map(inputFor)}
        <div>
          <UnstyledButton
            className={styles.advanced}
            aria-expanded={advanced}
            aria-controls={advancedId}
            onClick={() => setAdvanced(!advanced)}
          >
            {advanced ? <IconChevronDown size={16} /> : <IconChevronRight size={16} />}
            {t('common.advanced')}
          </UnstyledButton>
          <Collapse expanded={advanced} id={advancedId}>
            <Stack mt="sm">
              {advancedFields.map(inputFor)}
              <HoldBack
                label={t('places.waitFor')}
                hint={t('places.waitForHint')}
                offered={OFFERED}
                waitFor={waitFor}
                quietHours={quietHours}
                onWaitFor={setWaitFor}
                onQuietHours={setQuietHours}
              />
            </Stack>
          </Collapse>
        </div>
        <Group gap={8} wrap="nowrap" align="flex-start">
          <IconLockOpen size={18} className={styles.noteIcon} aria-hidden />
          <Text size="sm" c="dimmed">
            {t('places.unencrypted')}
          </Text>
        </Group>
        <div role="status">
          <InTheClearNote endpoint={values.endpoint} />
          {test.busy && <Text size="sm">{t('places.testing')}…</Text>}
          {result && <TestResult result={result} place={name} />}
        </div>
        {test.error && <ErrorNote error={test.error} place={name} />}
        {refused && (
          <ErrorNote error={refused} place={name}>
            {add.error && (
              <Button size="xs" variant="default" loading={add.busy} onClick={() => save(false)}>
                {t('places.addAnyway')}
              </Button>
            )}
          </ErrorNote>
        )}
        <Group justify="space-between">
          <Button variant="subtle" onClick={onBack}>
            {t(place ? 'common.cancel' : 'places.otherKind')}
          </Button>
          <Group gap="sm">
            <Button
              variant="default"
              leftSection={<IconTestPipe size={16} aria-hidden />}
              loading={test.busy}
              onClick={runTest}
            >
              {t('places.test')}
            </Button>
            <Button type="submit" loading={add.busy || update.busy}>
              {t(place ? 'places.saveConfirm' : 'places.addConfirm')}
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  )
}

function valuesOf(place: Place | undefined): PlaceValues {
  if (!place) return {}
  const values: Record<string, string> = {}
  for (const field of placeFields[kindOf(place)]) {
    if (field.secret) continue
    const value = place[field.name as keyof Place]
    if (typeof value === 'string') values[field.name] = value
  }
  values.budget = budgetText(place.budgetBytes)
  return values
}

/** The wished name, with a number behind it where it is taken. */
function freeName(wished: string, places: readonly Place[]): string {
  const taken = new Set(places.map((place) => place.name))
  let name = wished
  for (let number = 2; taken.has(name); number++) name = `${wished} ${number}`
  return name
}
