import { Anchor, Group, Stack, Text, Title } from '@mantine/core'
import type { SyncedFolder } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import shared from '../../components/kept-folder/kept-folder.module.css'
import { addressOf } from '../../store/route.ts'
import { useWords } from '../../words/use-words.ts'
import { FolderActions } from './folder-actions.tsx'
import { FolderFigures } from './folder-figures.tsx'
import { FolderNotes } from './folder-notes.tsx'
import { FolderState } from './folder-state.tsx'

/** A synced folder: how it is, what waits, and what to do. */
export function FolderCard({ folder }: { folder: SyncedFolder }) {
  const { t } = useWords()
  const { id, name, placeName } = folder
  return (
    <Card role="group" aria-label={name} data-testid="synced-folder" data-state={folder.state}>
      <Group justify="space-between" align="flex-start" gap="sm">
        <Stack gap={2} flex="1 1 260px" miw={0}>
          <Title order={2} size="h4" className={shared.anywhere}>
            <Anchor inherit c="inherit" href={addressOf('sync', id)}>
              {name}
            </Anchor>
          </Title>
          <Text size="sm" c="dimmed" className={shared.anywhere}>
            <span className="mono">{folder.folder}</span> · {t('syncPage.through', { place: placeName })}
          </Text>
        </Stack>
        <FolderState state={folder.state} />
      </Group>
      <FolderFigures folder={folder} />
      <Stack gap="md">
        <FolderNotes folder={folder} />
        <FolderActions folder={folder} />
      </Stack>
    </Card>
  )
}
