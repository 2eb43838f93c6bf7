import { Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { type FormEvent, useState } from 'react'
import { ErrorNote } from '../../components/error-note.tsx'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'

const SHORTEST = 12

/** One more passphrase; it lives in the form only and goes when that closes. */
export function AddPassphrase({ repositoryId, onAdded }: { repositoryId: string; onAdded: () => void }) {
  const { t } = useWords()
  const [opened, setOpened] = useState(false)
  const close = (): void => setOpened(false)
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconPlus size={16} aria-hidden />}
        onClick={() => setOpened(true)}
      >
        {t('security.add')}
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        title={t('security.addTitle')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        {opened && (
          <PassphraseForm
            repositoryId={repositoryId}
            onCancel={close}
            onAdded={() => {
              close()
              onAdded()
            }}
          />
        )}
      </Modal>
    </>
  )
}

function PassphraseForm({
  repositoryId,
  onCancel,
  onAdded,
}: {
  repositoryId: string
  onCancel: () => void
  onAdded: () => void
}) {
  const { t } = useWords()
  const add = useAction('key.add')
  const [label, setLabel] = useState('')
  const [passphrase, setPassphrase] = useState('')
  const [again, setAgain] = useState('')
  const [tried, setTried] = useState(false)
  const short = passphrase.length < SHORTEST
  const differs = passphrase !== again

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setTried(true)
    if (!label.trim() || short || differs) return
    if (await add.act({ repositoryId, label: label.trim(), passphrase })) onAdded()
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Text size="sm">{t('security.addIntro')}</Text>
        <TextInput
          label={t('security.label')}
          placeholder={t('security.labelHint')}
          value={label}
          onChange={(event) => setLabel(event.currentTarget.value)}
          error={tried && !label.trim() && t('places.fields.missing')}
          data-autofocus
        />
        <PasswordInput
          label={t('security.phrase')}
          autoComplete="new-password"
          value={passphrase}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
          error={tried && short && t('security.short', { count: SHORTEST })}
        />
        <PasswordInput
          label={t('security.again')}
          autoComplete="new-password"
          value={again}
          onChange={(event) => setAgain(event.currentTarget.value)}
          error={tried && differs && t('security.differs')}
        />
        {add.error && <ErrorNote error={add.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={add.busy}>
            {t('security.addConfirm')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
