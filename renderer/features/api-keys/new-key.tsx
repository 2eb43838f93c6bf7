import { Button, CopyButton, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { type FormEvent, useState } from 'react'
import { ApiRole } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'

const NEVER = 'never'
const DAYS = [30, 90, 365]

/** Makes a key. It lives in this dialog only and is gone when that closes. */
export function NewKey({ onMade }: { onMade: () => void }) {
  const { t } = useWords()
  const [opened, setOpened] = useState(false)
  const [token, setToken] = useState<string>()
  const close = (): void => {
    setOpened(false)
    setToken(undefined)
  }
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconPlus size={16} aria-hidden />}
        onClick={() => setOpened(true)}
      >
        {t('apiKeys.add')}
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        title={t('apiKeys.addTitle')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        {opened && token === undefined && (
          <KeyForm
            onCancel={close}
            onMade={(made) => {
              setToken(made)
              onMade()
            }}
          />
        )}
        {token !== undefined && <ShownOnce token={token} onClose={close} />}
      </Modal>
    </>
  )
}

function KeyForm({ onCancel, onMade }: { onCancel: () => void; onMade: (token: string) => void }) {
  const { t } = useWords()
  const add = useAction('apiKeys.add')
  const [name, setName] = useState('')
  const [role, setRole] = useState<ApiRole>('read')
  const [expires, setExpires] = useState(NEVER)
  const [tried, setTried] = useState(false)

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setTried(true)
    if (!name.trim()) return
    const made = await add.act({
      name: name.trim(),
      role,
      ...(expires === NEVER ? {} : { expiresDays: Number(expires) }),
    })
    if (made) onMade(made.token)
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label={t('apiKeys.name')}
          description={t('apiKeys.nameHint')}
          value={name}
          maxLength={60}
          onChange={(event) => setName(event.currentTarget.value)}
          error={tried && !name.trim() && t('places.fields.missing')}
          data-autofocus
        />
        <Select
          label={t('apiKeys.role')}
          allowDeselect={false}
          data={ApiRole.options.map((value) => ({ value, label: t(`apiKeys.roles.${value}`) }))}
          value={role}
          onChange={(value) => value && setRole(value as ApiRole)}
        />
        <Select
          label={t('apiKeys.expires')}
          allowDeselect={false}
          data={[
            { value: NEVER, label: t('apiKeys.expiresNever') },
            ...DAYS.map((days) => ({ value: String(days), label: t('apiKeys.expiresIn', { count: days }) })),
          ]}
          value={expires}
          onChange={(value) => value && setExpires(value)}
        />
        {add.error && <ErrorNote error={add.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={add.busy}>
            {t('apiKeys.create')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function ShownOnce({ token, onClose }: { token: string; onClose: () => void }) {
  const { t } = useWords()
  return (
    <Stack>
      <Text>{t('apiKeys.shownOnce')}</Text>
      <TextInput
        readOnly
        label={t('apiKeys.token')}
        value={token}
        onFocus={(event) => event.currentTarget.select()}
      />
      <Group justify="flex-end">
        <CopyButton value={token}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy} data-autofocus>
              {t(copied ? 'apiKeys.copied' : 'apiKeys.copy')}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>{t('common.done')}</Button>
      </Group>
    </Stack>
  )
}
