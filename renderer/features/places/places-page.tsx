import { Button, Stack, Text } from '@mantine/core'
import { IconFileImport, IconPlus, IconShieldCheck } from '@tabler/icons-react'
import { useState } from 'react'
import { Card } from '../../components/card.tsx'
import { EmptyNote } from '../../components/empty-note.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { ToneDisc } from '../../components/tone.tsx'
import { goTo } from '../../store/route.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { EnvImportDialog } from './env-import.tsx'
import { PlaceCard } from './place-card.tsx'
import { PlaceDialog } from './place-dialog.tsx'
import styles from './places.module.css'

/** Where the backups are kept. `of`: the place someone came for, or `new` to add one. */
export default function PlacesPage({ of }: { of: string | undefined }) {
  const { t } = useWords()
  const slice = useSlice('places') ?? {}
  const places = Object.values(slice)
  const held = places.map(({ id, repositoryId }) => `${id} ${repositoryId ?? ''}`).join()
  const repositories = useAnswer('repository.list', {}, held)
  const [editingId, setEditingId] = useState<string>()
  const [importing, setImporting] = useState(false)
  const add = (): void => goTo('places', 'new')

  return (
    <>
      <PageHeader title={t('places.title')} subtitle={t('places.subtitle')}>
        <Button
          variant="default"
          leftSection={<IconFileImport size={16} aria-hidden />}
          onClick={() => setImporting(true)}
        >
          {t('places.importEnv')}
        </Button>
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={add}>
          {t('places.add')}
        </Button>
      </PageHeader>
      {places.length === 0 && (
        <Card>
          <EmptyNote picture="places" text={t('places.empty')}>
            <Button onClick={add}>{t('places.add')}</Button>
          </EmptyNote>
        </Card>
      )}
      {places.length === 1 && (
        <Card className={styles.nudge}>
          <ToneDisc tone="warn" icon={IconShieldCheck} size={42} />
          <Stack gap={0} flex={1}>
            <Text fw={650}>{t('places.secondTitle')}</Text>
            <Text size="sm">{t('places.secondBody')}</Text>
          </Stack>
        </Card>
      )}
      <div className={styles.grid}>
        {places.map((place) => (
          <PlaceCard
            place={place}
            repositories={repositories.data ?? []}
            onChanged={repositories.again}
            key={place.id}
            wanted={place.id === of}
            onEdit={() => setEditingId(place.id)}
          />
        ))}
      </div>
      <PlaceDialog
        place={of === 'new' ? 'new' : editingId ? slice[editingId] : undefined}
        onClose={() => {
          setEditingId(undefined)
          if (of === 'new') goTo('places')
        }}
      />
      <EnvImportDialog opened={importing} onClose={() => setImporting(false)} />
    </>
  )
}
