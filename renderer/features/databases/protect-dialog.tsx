import { Button, Checkbox, Group, Modal, NumberInput, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { ErrorNote } from '../../components/error-note.tsx'
import { useAction } from '../../store/use-action.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { addressOf, emptyAddress, type TypedAddress } from './address.ts'
import { ServerFields } from './server-fields.tsx'
import { ServerSettings } from './server-settings.tsx'

const KEEP_DAYS = 30
/** Every server has it; the cluster is protected as a whole. */
const SIGN_IN_DATABASE = 'postgres'

/** Puts a cluster under protection: where it is and where its log goes, then what its server has to be told. */
export function ProtectDialog({
  opened,
  onClose,
  onAdded,
}: {
  opened: boolean
  onClose: () => void
  onAdded: () => void
}) {
  const { t } = useWords()
  const [added, setAdded] = useState<string>()
  const close = (): void => {
    setAdded(undefined)
    onClose()
  }
  return (
    <Modal
      opened={opened}
      onClose={close}
      size="lg"
      title={
        added === undefined ? t('databasesPage.addTitle') : t('databasesPage.settingsTitle', { name: added })
      }
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {opened && added === undefined && (
        <ProtectForm
          onCancel={close}
          onAdded={(name) => {
            setAdded(name)
            onAdded()
          }}
        />
      )}
      {added !== undefined && <ServerSettings name={added} onClose={close} />}
    </Modal>
  )
}

function ProtectForm({ onCancel, onAdded }: { onCancel: () => void; onAdded: (name: string) => void }) {
  const { t } = useWords()
  const known = Object.values(useSlice('places') ?? {})
  const add = useAction('databases.add')
  const [name, setName] = useState('')
  const [address, setAddress] = useState<TypedAddress>({ ...emptyAddress, database: SIGN_IN_DATABASE })
  const [placeIds, setPlaceIds] = useState<string[]>(() => known.map(({ id }) => id))
  const [keepDays, setKeepDays] = useState<number | string>(KEEP_DAYS)
  const [tried, setTried] = useState(false)
  const days = Number(keepDays)
  const isFit = name.trim() !== '' && placeIds.length > 0 && days >= 1

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setTried(true)
    if (!isFit) return
    const { password } = address
    const made = await add.act({
      name: name.trim(),
      url: addressOf(address),
      placeIds,
      keepDays: days,
      ...(password === '' ? {} : { password }),
    })
    if (made) onAdded(made.name)
  }

  return (
    <form onSubmit={submit} noValidate data-testid="protect-database">
      <Stack>
        <Text size="sm">{t('databasesPage.addIntro')}</Text>
        <TextInput
          label={t('databasesPage.name')}
          description={t('databasesPage.nameHint')}
          value={name}
          maxLength={100}
          error={tried && !name.trim() && t('places.fields.missing')}
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
        />
        <ServerFields value={address} onChange={setAddress} />
        <Checkbox.Group
          label={t('databasesPage.places')}
          value={placeIds}
          onChange={setPlaceIds}
          error={tried && placeIds.length === 0 && t('databasesPage.noPlace')}
        >
          <Stack gap="xs" mt="xs" mb={4}>
            {known.map((place) => (
              <Checkbox key={place.id} value={place.id} label={place.name} />
            ))}
          </Stack>
        </Checkbox.Group>
        <NumberInput
          w={340}
          label={t('databasesPage.keep')}
          min={1}
          max={36_500}
          allowDecimal={false}
          value={keepDays}
          error={tried && !(days >= 1) && t('places.fields.missing')}
          onChange={setKeepDays}
          hideControls
        />
        {add.error && <ErrorNote error={add.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={add.busy}>
            {t('databasesPage.protect')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
