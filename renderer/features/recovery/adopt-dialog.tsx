import { Button, Group, PasswordInput, SegmentedControl, Stack, Text, Textarea } from '@mantine/core'
import { IconCircleCheck } from '@tabler/icons-react'
import { type FormEvent, useState } from 'react'
import type { Place } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { TitledDialog } from '../../components/titled-dialog.tsx'
import { ToneDisc } from '../../components/tone.tsx'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'
import { KIT_WORDS, typedWordsOf } from './typed-words.ts'

/** Opens the encrypted backups that lie at a place, with the words of a kit or a passphrase. Neither outlives the dialog. */
export function AdoptDialog({
  place,
  opened,
  onClose,
}: {
  place: Place
  opened: boolean
  onClose: () => void
}) {
  const { t } = useWords()
  return (
    <TitledDialog opened={opened} onClose={onClose} title={t('adopt.title', { place: place.name })}>
      <AdoptForm place={place} onClose={onClose} />
    </TitledDialog>
  )
}

function AdoptForm({ place, onClose }: { place: Place; onClose: () => void }) {
  const { t } = useWords()
  const adopt = useAction('repository.adopt')
  const [by, setBy] = useState<'words' | 'passphrase'>('words')
  const [typed, setTyped] = useState('')
  const [found, setFound] = useState<number>()
  const words = typedWordsOf(typed)
  const complete = by === 'words' ? words.count === KIT_WORDS && words.unknown.length === 0 : typed.length > 0

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    const answer = await adopt.act({
      placeId: place.id,
      ...(by === 'words' ? { words: typed } : { passphrase: typed }),
    })
    if (!answer) return
    setTyped('')
    setFound(answer.backups)
  }
  const change = (text: string): void => {
    adopt.forget()
    setTyped(text)
  }

  if (found !== undefined)
    return (
      <Stack align="center" role="status">
        <ToneDisc tone="ok" icon={IconCircleCheck} size={52} />
        <Text fw={600}>{t('adopt.done', { count: found })}</Text>
        <Button onClick={onClose} data-autofocus>
          {t('common.done')}
        </Button>
      </Stack>
    )
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Text size="sm">{t('adopt.intro')}</Text>
        <SegmentedControl
          aria-label={t('adopt.by')}
          data={[
            { value: 'words', label: t('adopt.words') },
            { value: 'passphrase', label: t('adopt.passphrase') },
          ]}
          value={by}
          onChange={(value) => {
            change('')
            setBy(value === 'words' ? 'words' : 'passphrase')
          }}
        />
        {by === 'words' ? (
          <div>
            <Textarea
              label={t('adopt.words')}
              description={t('adopt.wordsHint')}
              rows={5}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              value={typed}
              onChange={(event) => change(event.currentTarget.value)}
              styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
              error={
                words.unknown.length > 0 &&
                t('adopt.unknown', {
                  count: words.unknown.length,
                  numbers: words.unknown.map(({ number }) => number).join(', '),
                  words: words.unknown.map(({ word }) => word).join(', '),
                })
              }
              data-autofocus
            />
            <Text size="xs" c="dimmed" mt={4} role="status">
              {t('adopt.count', { count: words.count })}
            </Text>
          </div>
        ) : (
          <PasswordInput
            label={t('adopt.passphrase')}
            autoComplete="off"
            value={typed}
            onChange={(event) => change(event.currentTarget.value)}
          />
        )}
        {adopt.error && <ErrorNote error={adopt.error} place={place.name} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" disabled={!complete} loading={adopt.busy}>
            {t('adopt.confirm')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
