import { Group, MultiSelect, Select, Stack, TextInput } from '@mantine/core'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { ApiKey, WireError } from '../../../../main/contract/index.ts'
import { ErrorNote } from '../../../components/error-note.tsx'
import { FormButtons } from '../../../components/forms/form-buttons.tsx'
import { LinesField } from '../../../components/forms/lines-field.tsx'
import { useAction } from '../../../store/use-action.ts'
import { useSlice } from '../../../store/use-engine.ts'
import { useWords } from '../../../words/use-words.ts'
import { BUDGETS, type Limits, limitsOf, noLimits, scopeOf } from './client-limits.ts'

const NEVER = 'never'
const DAYS = [1, 7, 30, 90, 365]

/** A new key: for which program, how far it sees, how much, until when. */
export function AddClient({ onCancel, onMade }: { onCancel: () => void; onMade: (token: string) => void }) {
  const { t } = useWords()
  const add = useAction('apiKeys.add')
  const [name, setName] = useState('')
  const [limits, setLimits] = useState<Limits>(noLimits)
  const [expires, setExpires] = useState('90')
  const [isTried, setIsTried] = useState(false)
  const submit = async (): Promise<void> => {
    setIsTried(true)
    if (!name.trim()) return
    const scope = scopeOf(limits)
    const made = await add.act({
      name: name.trim(),
      role: 'read-data',
      bytesPerHour: limits.bytesPerHour,
      ...(scope && { scope }),
      ...(expires === NEVER ? {} : { expiresDays: Number(expires) }),
    })
    if (made) onMade(made.token)
  }
  return (
    <Form
      onSubmit={submit}
      onCancel={onCancel}
      busy={add.busy}
      error={add.error}
      submit={t('apiKeys.create')}
    >
      <TextInput
        label={t('apiKeys.name')}
        description={t('explorePage.access.nameHint')}
        value={name}
        maxLength={60}
        onChange={(event) => setName(event.currentTarget.value)}
        error={isTried && !name.trim() && t('places.fields.missing')}
        data-autofocus
      />
      <LimitFields limits={limits} onChange={(part) => setLimits({ ...limits, ...part })} />
      <Select
        label={t('apiKeys.expires')}
        allowDeselect={false}
        data={[
          ...DAYS.map((days) => ({ value: String(days), label: t('apiKeys.expiresIn', { count: days }) })),
          { value: NEVER, label: t('apiKeys.expiresNever') },
        ]}
        value={expires}
        onChange={(value) => value && setExpires(value)}
      />
    </Form>
  )
}

/** How far a key sees from now on. */
export function LimitClient({
  client,
  onCancel,
  onDone,
}: {
  client: ApiKey
  onCancel: () => void
  onDone: () => void
}) {
  const { t } = useWords()
  const limit = useAction('apiKeys.limit')
  const [limits, setLimits] = useState<Limits>(() => limitsOf(client))
  const submit = async (): Promise<void> => {
    const done = await limit.act({
      key: client.id,
      scope: scopeOf(limits) ?? {},
      bytesPerHour: limits.bytesPerHour,
    })
    if (done) onDone()
  }
  return (
    <Form
      onSubmit={submit}
      onCancel={onCancel}
      busy={limit.busy}
      error={limit.error}
      submit={t('common.save')}
    >
      <LimitFields limits={limits} onChange={(part) => setLimits({ ...limits, ...part })} />
    </Form>
  )
}

function Form({
  onSubmit,
  onCancel,
  busy,
  error,
  submit,
  children,
}: {
  onSubmit: () => Promise<void>
  onCancel: () => void
  busy: boolean
  error: WireError | undefined
  submit: string
  children: ReactNode
}) {
  const onForm = (event: FormEvent): void => {
    event.preventDefault()
    void onSubmit()
  }
  return (
    <form onSubmit={onForm} noValidate>
      <Stack>
        {children}
        {error && <ErrorNote error={error} />}
        <FormButtons onCancel={onCancel} submit={submit} busy={busy} />
      </Stack>
    </form>
  )
}

function LimitFields({ limits, onChange }: { limits: Limits; onChange: (part: Partial<Limits>) => void }) {
  const { t, bytes } = useWords()
  const plans = Object.values(useSlice('plans') ?? {})
  const budgets = [...new Set([...BUDGETS, limits.bytesPerHour])].toSorted((a, b) => a - b)
  return (
    <>
      <MultiSelect
        label={t('explorePage.access.plansField')}
        description={t('explorePage.access.plansHint')}
        placeholder={limits.planIds.length === 0 ? t('backups.allPlans') : ''}
        data={plans.map(({ id, name }) => ({ value: id, label: name }))}
        value={[...limits.planIds]}
        onChange={(planIds) => onChange({ planIds })}
      />
      <LinesField
        label={t('explorePage.access.pathsField')}
        description={t('explorePage.access.pathsHint')}
        maxRows={6}
        value={limits.paths}
        onChange={(paths) => onChange({ paths })}
      />
      <Group grow>
        <TextInput
          type="date"
          label={t('explorePage.access.fromField')}
          value={limits.from}
          max={limits.to}
          onChange={(event) => onChange({ from: event.currentTarget.value })}
        />
        <TextInput
          type="date"
          label={t('explorePage.access.toField')}
          value={limits.to}
          min={limits.from}
          onChange={(event) => onChange({ to: event.currentTarget.value })}
        />
      </Group>
      <Select
        label={t('explorePage.access.budgetField')}
        description={t('explorePage.access.budgetHint')}
        allowDeselect={false}
        data={budgets.map((value) => ({ value: String(value), label: bytes(value) }))}
        value={String(limits.bytesPerHour)}
        onChange={(value) => value && onChange({ bytesPerHour: Number(value) })}
      />
    </>
  )
}
