import { Anchor, Group, Stack, Switch, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { SyncStrategy } from '../../../../main/contract/index.ts'
import { ErrorNote } from '../../../components/error-note.tsx'
import { FolderField } from '../../../components/forms/folder-field.tsx'
import { FormButtons } from '../../../components/forms/form-buttons.tsx'
import { Advanced } from '../../../components/kept-folder/advanced.tsx'
import { PlaceChoice } from '../../../components/kept-folder/place-choice.tsx'
import { TitledDialog } from '../../../components/titled-dialog.tsx'
import { goTo } from '../../../store/route.ts'
import { useAction } from '../../../store/use-action.ts'
import { useAnswer } from '../../../store/use-answer.ts'
import { useSlice } from '../../../store/use-engine.ts'
import { linesOf, suggestedName } from '../../../words/paths.ts'
import { useWords } from '../../../words/use-words.ts'
import { ChoiceFields, type TypedChoice } from './choice-fields.tsx'
import { OpenPlace } from './open-place.tsx'
import { StrategyChoice } from './strategy-choice.tsx'

/** Begins to sync a folder: which, through which place, under which name. */
export function AddDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useWords()
  return (
    <TitledDialog opened={opened} onClose={onClose} size="xl" title={t('syncPage.add')}>
      <AddForm onClose={onClose} />
    </TitledDialog>
  )
}

function AddForm({ onClose }: { onClose: () => void }) {
  const { t } = useWords()
  const add = useAction('sync.add')
  const run = useAction('sync.run')
  const [folder, setFolder] = useState('')
  const [typedName, setTypedName] = useState<string>()
  const [placeId, setPlaceId] = useState('')
  const [strategy, setStrategy] = useState<SyncStrategy>('server_preferred')
  const [choice, setChoice] = useState<TypedChoice>({ only: '', ignore: '' })
  const [auto, setAuto] = useState(true)
  const [tried, setTried] = useState(false)
  const spaces = useAnswer('sync.spaces', placeId === '' ? null : { placeId })
  const name = (typedName ?? suggestedName(folder)).trim()
  const joined = spaces.data?.find((space) => space.name === name)
  const missing = t('places.fields.missing')
  const placeName = useSlice('places')?.[placeId]?.name ?? ''
  // Something encrypted lies there that this computer has no key for.
  const isShut = placeId !== '' && !spaces.busy && spaces.error?.code === 'key-missing'

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setTried(true)
    if (folder.trim() === '' || name === '' || placeId === '') return
    const added = await add.act({
      name,
      folder: folder.trim(),
      placeId,
      strategy,
      only: linesOf(choice.only),
      ignore: linesOf(choice.ignore),
      auto,
    })
    if (!added) return
    void run.act({ id: added.id })
    goTo('sync')
  }

  return (
    <form onSubmit={submit} noValidate data-testid="add-sync">
      <Stack gap="lg">
        <FolderField value={folder} onChange={setFolder} error={tried && folder.trim() === '' && missing} />
        <PlaceChoice value={placeId} onChange={setPlaceId} error={tried && placeId === '' && missing} />
        <TextInput
          label={t('syncPage.name')}
          description={t('syncPage.nameHint')}
          value={typedName ?? suggestedName(folder)}
          maxLength={100}
          error={tried && name === '' && missing}
          onChange={(event) => setTypedName(event.currentTarget.value)}
        />
        <Joining
          space={joined}
          others={spaces.data?.map((space) => space.name) ?? []}
          onTake={setTypedName}
        />
        {isShut && <OpenPlace placeId={placeId} placeName={placeName} onOpened={spaces.again} />}
        {spaces.error && !isShut && <ErrorNote error={spaces.error} place={placeName} />}
        <StrategyChoice value={strategy} onChange={setStrategy} />
        <Advanced>
          <ChoiceFields folder={folder.trim()} value={choice} onChange={setChoice} />
          <Switch
            label={t('syncPage.auto')}
            description={t('syncPage.autoHint')}
            checked={auto}
            onChange={(event) => setAuto(event.currentTarget.checked)}
          />
        </Advanced>
        {add.error && <ErrorNote error={add.error} />}
        <FormButtons
          onCancel={onClose}
          submit={t(joined ? 'syncPage.join' : 'syncPage.start')}
          busy={add.busy}
        />
      </Stack>
    </form>
  )
}

/** Whether the name makes a space or joins one, and which there are to join. */
function Joining({
  space,
  others,
  onTake,
}: {
  space: { readonly name: string; readonly createdAt: string } | undefined
  others: readonly string[]
  onTake: (name: string) => void
}) {
  const { t, exact } = useWords()
  if (space)
    return (
      <Text size="sm" role="status" data-testid="joins">
        {t('syncPage.joins', { name: space.name, at: exact(space.createdAt) })}
      </Text>
    )
  if (others.length === 0) return null
  return (
    <Group gap="xs">
      <Text size="sm" c="dimmed">
        {t('syncPage.alreadyThere')}
      </Text>
      {others.map((name) => (
        <Anchor key={name} component="button" type="button" size="sm" onClick={() => onTake(name)}>
          {name}
        </Anchor>
      ))}
    </Group>
  )
}
