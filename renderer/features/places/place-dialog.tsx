import { Modal } from '@mantine/core'
import { useState } from 'react'
import type { Place } from '../../../main/contract/index.ts'
import { kindOf, type ProviderKind } from '../../components/provider.ts'
import { useWords } from '../../words/use-words.ts'
import { PlaceForm } from './place-form.tsx'
import { ProviderTiles } from './provider-tiles.tsx'

/** Adds a place (first its kind, then its fields) or changes one. */
export function PlaceDialog({ place, onClose }: { place: Place | 'new' | undefined; onClose: () => void }) {
  const { t } = useWords()
  const existing = place === 'new' ? undefined : place
  return (
    <Modal
      opened={place !== undefined}
      onClose={onClose}
      size="lg"
      title={existing ? t('places.editTitle', { place: existing.name }) : t('places.addTitle')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {existing ? (
        <PlaceForm kind={kindOf(existing)} place={existing} onDone={onClose} onBack={onClose} />
      ) : (
        place === 'new' && <NewPlace onDone={onClose} />
      )}
    </Modal>
  )
}

/** Tiles, then the form of the chosen kind. */
export function NewPlace({ onDone }: { onDone: (place: Place) => void }) {
  const [kind, setKind] = useState<ProviderKind>()
  if (!kind) return <ProviderTiles onChoose={setKind} />
  return <PlaceForm kind={kind} onDone={onDone} onBack={() => setKind(undefined)} />
}
