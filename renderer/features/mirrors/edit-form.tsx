import { Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { Mirror } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { FormButtons } from '../../components/forms/form-buttons.tsx'
import shared from '../../components/kept-folder/kept-folder.module.css'
import { useAction } from '../../store/use-action.ts'
import { linesOf } from '../../words/paths.ts'
import { useWords } from '../../words/use-words.ts'
import { IgnoreField } from './ignore-field.tsx'
import { KeepField } from './keep-field.tsx'
import { RhythmField, useRhythm } from './rhythm-field.tsx'

/** Changes what of a mirror can be changed; folder, place and prefix make another one. */
export function EditForm({ mirror, onClose }: { mirror: Mirror; onClose: () => void }) {
  const { t } = useWords()
  const update = useAction('mirror.update')
  const { id, direction, folder, placeName, prefix } = mirror
  const [name, setName] = useState(mirror.name)
  const [ignore, setIgnore] = useState(mirror.ignore.join('\n'))
  const [keepDays, setKeepDays] = useState<number | undefined>(mirror.keepDays)
  const rhythm = useRhythm(mirror.schedule, { mirrorId: id })
  const [tried, setTried] = useState(false)

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setTried(true)
    if (name.trim() === '' || keepDays === undefined || rhythm.trial.wrong) return
    const change = { name: name.trim(), ignore: linesOf(ignore), keepDays, schedule: rhythm.value }
    if (await update.act({ id, change })) onClose()
  }
  return (
    <form onSubmit={submit} noValidate data-testid="edit-mirror">
      <Stack gap="lg">
        <Text size="sm" c="dimmed" className={shared.anywhere}>
          {t(`mirrors.way.${direction}`, { folder, place: placeName, prefix })}
        </Text>
        <TextInput
          label={t('syncPage.name')}
          value={name}
          maxLength={100}
          error={tried && name.trim() === '' && t('places.fields.missing')}
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
        />
        <RhythmField rhythm={rhythm} isTried={tried} />
        <KeepField value={keepDays} onChange={setKeepDays} />
        <IgnoreField folder={direction === 'push' ? folder : ''} value={ignore} onChange={setIgnore} />
        {update.error && <ErrorNote error={update.error} />}
        <FormButtons onCancel={onClose} submit={t('common.save')} busy={update.busy} />
      </Stack>
    </form>
  )
}
