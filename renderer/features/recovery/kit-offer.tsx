import { Button, Group, Stack, Text } from '@mantine/core'
import { IconCircleCheck, IconKey } from '@tabler/icons-react'
import { useState } from 'react'
import { ToneDisc } from '../../components/tone.tsx'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import { KitDialog } from './kit-dialog.tsx'
import styles from './recovery.module.css'

/** Asks for the recovery kit as soon as there is something to open with it; `version` says when to look again. */
export function KitOffer({ version }: { version: unknown }) {
  const { t } = useWords()
  const [making, setMaking] = useState(false)
  const answer = useAnswer('repository.list', {}, version)
  const [repository] = answer.data ?? []
  if (!repository) return null
  const proven = repository.kitConfirmedAt !== undefined
  return (
    <div className={styles.offer} data-testid="kit-offer" data-proven={proven}>
      <ToneDisc tone={proven ? 'ok' : 'warn'} icon={proven ? IconCircleCheck : IconKey} size={44} />
      {proven ? (
        <Text fw={620} role="status">
          {t('recovery.proven')}
        </Text>
      ) : (
        <Stack gap={4} flex={1}>
          <Text fw={620}>{t('recovery.offerTitle')}</Text>
          <Text size="sm">{t('recovery.offerBody')}</Text>
          <Group mt={4}>
            <Button size="sm" onClick={() => setMaking(true)}>
              {t('recovery.make')}
            </Button>
          </Group>
        </Stack>
      )}
      <KitDialog
        opened={making}
        repositoryId={repository.id}
        onClose={() => {
          setMaking(false)
          answer.again()
        }}
      />
    </div>
  )
}
