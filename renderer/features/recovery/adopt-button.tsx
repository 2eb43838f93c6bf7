import { Button } from '@mantine/core'
import { IconLockOpen } from '@tabler/icons-react'
import { useState } from 'react'
import type { Place } from '../../../main/contract/index.ts'
import { useWords } from '../../words/use-words.ts'
import { AdoptDialog } from './adopt-dialog.tsx'

/** Leads to opening the encrypted backups that may lie at a place; the dialog stays for its last words when they are open. */
export function AdoptButton({ place, onChanged }: { place: Place; onChanged: () => void }) {
  const { t } = useWords()
  const [adopting, setAdopting] = useState(false)
  return (
    <>
      {place.repositoryId === undefined && (
        <Button
          size="xs"
          variant="subtle"
          maw="100%"
          w="fit-content"
          h="auto"
          py={6}
          styles={{ label: { whiteSpace: 'normal', textAlign: 'start' } }}
          leftSection={<IconLockOpen size={15} aria-hidden />}
          onClick={() => setAdopting(true)}
        >
          {t('adopt.actionNamed', { place: place.name })}
        </Button>
      )}
      <AdoptDialog
        place={place}
        opened={adopting}
        onClose={() => {
          setAdopting(false)
          onChanged()
        }}
      />
    </>
  )
}
