import { Radio, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { Mirror } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { FolderField } from '../../components/forms/folder-field.tsx'
import { FormButtons } from '../../components/forms/form-buttons.tsx'
import { Advanced } from '../../components/kept-folder/advanced.tsx'
import { PlaceChoice } from '../../components/kept-folder/place-choice.tsx'
import { goTo } from '../../store/route.ts'
import { useAction } from '../../store/use-action.ts'
import { linesOf, suggestedName } from '../../words/paths.ts'
import { useWords } from '../../words/use-words.ts'
import { IgnoreField } from './ignore-field.tsx'
import { KeepField } from './keep-field.tsx'
import { RhythmField, useRhythm } from './rhythm-field.tsx'

const directions = ['push', 'pull'] as const

/** Which folder, which way, with which place, and how often. */
export function AddForm({ onClose }: { onClose: () => void }) {
  const { t } = useWords()
  const add = useAction('mirror.add')
  const [folder, setFolder] = useState('')
  const [direction, setDirection] = useState<Mirror['direction']>('push')
  const [placeId, setPlaceId] = useState('')
  const [typedName, setTypedName] = useState<string>()
  const [typedPrefix, setTypedPrefix] = useState<string>()
  const [ignore, setIgnore] = useState('')
  const [keepDays, setKeepDays] = useState<number | undefined>(30)
  const rhythm = useRhythm('daily@02:00', {})
  const [tried, setTried] = useState(false)
  const name = (typedName ?? suggestedName(folder)).trim()
  const prefix = typedPrefix?.trim()
  const missing = t('places.fields.missing')

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setTried(true)
    if (folder.trim() === '' || name === '' || placeId === '' || keepDays === undefined) return
    if (rhythm.trial.wrong) return
    const added = await add.act({
      name,
      folder: folder.trim(),
      placeId,
      direction,
      ...(prefix && { prefix }),
      ignore: linesOf(ignore),
      keepDays,
      schedule: rhythm.value,
    })
    if (added) goTo('sync', 'mirrors')
  }

  return (
    <form onSubmit={submit} noValidate data-testid="add-mirror">
      <Stack gap="lg">
        <Text size="sm">{t('mirrors.notEncrypted')}</Text>
        <FolderField value={folder} onChange={setFolder} error={tried && folder.trim() === '' && missing} />
        <Radio.Group
          label={t('mirrors.direction.label')}
          value={direction}
          onChange={(chosen) => setDirection(chosen === 'pull' ? 'pull' : 'push')}
        >
          <Stack gap="xs" mt="xs">
            {directions.map((each) => (
              <Radio
                key={each}
                value={each}
                label={t(`mirrors.direction.name.${each}`)}
                description={t(`mirrors.direction.hint.${each}`)}
              />
            ))}
          </Stack>
        </Radio.Group>
        <PlaceChoice
          value={placeId}
          onChange={setPlaceId}
          error={tried && placeId === '' && missing}
          words="mirrors"
        />
        <TextInput
          label={t('syncPage.name')}
          value={typedName ?? suggestedName(folder)}
          maxLength={100}
          error={tried && name === '' && missing}
          onChange={(event) => setTypedName(event.currentTarget.value)}
        />
        <RhythmField rhythm={rhythm} isTried={tried} />
        <Advanced>
          <TextInput
            label={t('mirrors.prefix')}
            description={t('mirrors.prefixHint')}
            classNames={{ input: 'mono' }}
            placeholder={name === '' ? '' : `mirror/${name}`}
            value={typedPrefix ?? ''}
            maxLength={400}
            onChange={(event) => setTypedPrefix(event.currentTarget.value)}
          />
          <KeepField value={keepDays} onChange={setKeepDays} />
          <IgnoreField
            folder={direction === 'push' ? folder.trim() : ''}
            value={ignore}
            onChange={setIgnore}
          />
        </Advanced>
        {add.error && <ErrorNote error={add.error} />}
        <FormButtons onCancel={onClose} submit={t('mirrors.begin')} busy={add.busy} />
      </Stack>
    </form>
  )
}
