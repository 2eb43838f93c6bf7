import { Button, Group, PasswordInput, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { ErrorNote } from '../../../components/error-note.tsx'
import { useAction } from '../../../store/use-action.ts'
import { useWords } from '../../../words/use-words.ts'
import styles from '../sync.module.css'

/** Opens what is encrypted in a place with whatever a person has: an invite, the words of a kit, or a passphrase. It is kept nowhere here. */
export function OpenPlace({
  placeId,
  placeName,
  onOpened,
}: {
  placeId: string
  placeName: string
  onOpened: () => void
}) {
  const { t } = useWords()
  const adopt = useAction('repository.adopt')
  const [typed, setTyped] = useState('')
  const open = async (): Promise<void> => {
    if (!(await adopt.act({ placeId, secret: typed }))) return
    setTyped('')
    onOpened()
  }
  return (
    <section className={styles.open} aria-label={t('syncPage.open.title')} data-testid="open-place">
      <Stack gap="sm">
        <Text size="sm">{t('syncPage.open.intro', { place: placeName })}</Text>
        <Group align="flex-end" gap="xs" wrap="nowrap">
          <PasswordInput
            flex={1}
            label={t('syncPage.open.secret')}
            autoComplete="off"
            value={typed}
            onChange={(event) => {
              adopt.forget()
              setTyped(event.currentTarget.value)
            }}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || typed.trim() === '') return
              // The dialog around it is not ready to be sent.
              event.preventDefault()
              void open()
            }}
          />
          <Button loading={adopt.busy} disabled={typed.trim() === ''} onClick={() => void open()}>
            {t('adopt.confirm')}
          </Button>
        </Group>
        {adopt.error && <ErrorNote error={adopt.error} place={placeName} />}
      </Stack>
    </section>
  )
}
