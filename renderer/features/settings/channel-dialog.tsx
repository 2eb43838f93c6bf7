import {
  Button,
  Group,
  Modal,
  NumberInput,
  PasswordInput,
  SegmentedControl,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { ChannelInput } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { useAction } from '../../store/use-action.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'

type Kind = ChannelInput['type']
type Security = 'tls' | 'starttls' | 'plain'

const KINDS: readonly Kind[] = ['webhook', 'email', 'ping']
const PORTS = { tls: 465, starttls: 587, plain: 25 } as const
const EMPTY = {
  name: '',
  url: '',
  secret: '',
  host: '',
  port: 587 as number,
  security: 'starttls' as Security,
  user: '',
  password: '',
  from: '',
  to: '',
  planId: '',
}
type Fields = typeof EMPTY

/** A new channel; what is secret of it lives in the form only and goes when that closes. */
export function ChannelDialog({
  opened,
  onClose,
  onAdded,
}: {
  opened: boolean
  onClose: () => void
  onAdded: () => void
}) {
  const { t } = useWords()
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t('alerts.addTitle')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {opened && <ChannelForm onCancel={onClose} onAdded={onAdded} />}
    </Modal>
  )
}

function ChannelForm({ onCancel, onAdded }: { onCancel: () => void; onAdded: () => void }) {
  const { t } = useWords()
  const add = useAction('alert.add')
  const [kind, setKind] = useState<Kind>('webhook')
  const [fields, setFields] = useState<Fields>(EMPTY)
  const [tried, setTried] = useState(false)
  const set = (change: Partial<Fields>): void => setFields((before) => ({ ...before, ...change }))
  const parsed = ChannelInput.safeParse(inputOf(kind, fields))
  const wrong = new Set(tried && !parsed.success ? parsed.error.issues.map(({ path }) => path[0]) : [])
  const errorOf = (field: string) => wrong.has(field) && t('places.fields.missing')

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setTried(true)
    if (parsed.success && (await add.act(parsed.data))) onAdded()
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <SegmentedControl
          aria-label={t('alerts.kind')}
          data={KINDS.map((value) => ({ value, label: t(`alerts.kinds.${value}`) }))}
          value={kind}
          onChange={(value) => setKind(value as Kind)}
        />
        <Text size="sm" c="dimmed">
          {t(`alerts.kindHint.${kind}`)}
        </Text>
        <TextInput
          label={t('alerts.name')}
          value={fields.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
          error={errorOf('name')}
          data-autofocus
        />
        {kind === 'email' ? (
          <MailFields fields={fields} set={set} errorOf={errorOf} />
        ) : (
          <TextInput
            label={t('alerts.url')}
            description={t('alerts.urlHint')}
            placeholder="https://"
            autoComplete="off"
            spellCheck={false}
            value={fields.url}
            onChange={(event) => set({ url: event.currentTarget.value })}
            error={errorOf('url')}
          />
        )}
        {kind === 'webhook' && (
          <PasswordInput
            label={t('alerts.secret')}
            autoComplete="off"
            value={fields.secret}
            onChange={(event) => set({ secret: event.currentTarget.value })}
          />
        )}
        {kind === 'ping' && <PlanSelect value={fields.planId} onChange={(planId) => set({ planId })} />}
        {add.error && <ErrorNote error={add.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={add.busy}>
            {t('alerts.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function MailFields({
  fields,
  set,
  errorOf,
}: {
  fields: Fields
  set: (change: Partial<Fields>) => void
  errorOf: (field: string) => string | false
}) {
  const { t } = useWords()
  const text = (name: 'host' | 'user' | 'from' | 'to') => ({
    label: t(`alerts.${name}`),
    value: fields[name],
    autoComplete: 'off',
    spellCheck: false,
    onChange: (event: { currentTarget: { value: string } }) => set({ [name]: event.currentTarget.value }),
    error: errorOf(name),
  })
  return (
    <>
      <Group align="flex-start" wrap="nowrap">
        <TextInput {...text('host')} flex={1} />
        <NumberInput
          label={t('alerts.port')}
          w={90}
          min={1}
          max={65_535}
          hideControls
          value={fields.port}
          onChange={(port) => set({ port: Number(port) })}
          error={errorOf('port')}
        />
      </Group>
      <Select
        label={t('alerts.security')}
        allowDeselect={false}
        data={(['tls', 'starttls', 'plain'] as const).map((value) => ({
          value,
          label: t(`alerts.securities.${value}`),
        }))}
        value={fields.security}
        onChange={(value) => value && set({ security: value as Security, port: PORTS[value as Security] })}
      />
      <TextInput {...text('user')} />
      <PasswordInput
        label={t('alerts.password')}
        autoComplete="off"
        value={fields.password}
        onChange={(event) => set({ password: event.currentTarget.value })}
      />
      <TextInput {...text('from')} />
      <TextInput {...text('to')} description={t('alerts.toHint')} />
    </>
  )
}

function PlanSelect({ value, onChange }: { value: string; onChange: (planId: string) => void }) {
  const { t } = useWords()
  const plans = Object.values(useSlice('plans') ?? {})
  return (
    <Select
      label={t('alerts.plan')}
      allowDeselect={false}
      data={[
        { value: '', label: t('alerts.everyPlan') },
        ...plans.map(({ id, name }) => ({ value: id, label: name })),
      ]}
      value={value}
      onChange={(planId) => onChange(planId ?? '')}
    />
  )
}

/** What is left empty is not given. */
function inputOf(kind: Kind, fields: Fields): unknown {
  const { name, url, secret, host, port, security, user, password, from, to, planId } = fields
  if (kind === 'webhook') return { type: kind, name, url, ...(secret === '' ? {} : { secret }) }
  if (kind === 'ping') return { type: kind, name, url, ...(planId === '' ? {} : { planId }) }
  return {
    type: kind,
    name,
    host,
    port,
    security,
    from,
    to: to.split(',').flatMap((address) => address.trim() || []),
    ...(user.trim() === '' ? {} : { user: user.trim() }),
    ...(password === '' ? {} : { password }),
  }
}
