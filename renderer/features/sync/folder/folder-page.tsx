import { Button, Group, Stack, Tabs, Text } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import type { SyncedFolder } from '../../../../main/contract/index.ts'
import { Card } from '../../../components/card.tsx'
import shared from '../../../components/kept-folder/kept-folder.module.css'
import { PageHeader } from '../../../components/page-header.tsx'
import { addressOf, goTo } from '../../../store/route.ts'
import { useWords } from '../../../words/use-words.ts'
import { type FolderTab, folderTabs } from '../addresses.ts'
import { FolderActions } from '../folder-actions.tsx'
import { TotalFigures } from '../folder-figures.tsx'
import { FolderNotes } from '../folder-notes.tsx'
import { FolderState } from '../folder-state.tsx'
import { ActivityTab } from './activity-tab.tsx'
import { QueueTab } from './queue-tab.tsx'
import { VersionsBrowser } from './versions-browser.tsx'

/** One synced folder: its files and their versions, what waits, what was done. */
export function FolderPage({ folder, tab }: { folder: SyncedFolder; tab: FolderTab }) {
  const { t, number } = useWords()
  const { id, name, placeName, pendingChanges } = folder
  return (
    <div data-testid="folder-page">
      <PageHeader title={name}>
        <Button
          component="a"
          variant="default"
          href={addressOf('sync')}
          leftSection={<IconArrowLeft size={16} aria-hidden />}
        >
          {t('syncPage.backToFolders')}
        </Button>
      </PageHeader>
      <Stack gap="lg">
        <Card>
          <Group justify="space-between" gap="sm">
            <Text size="sm" c="dimmed" className={shared.anywhere}>
              <span className="mono">{folder.folder}</span> · {t('syncPage.through', { place: placeName })}
            </Text>
            <FolderState state={folder.state} />
          </Group>
          <TotalFigures totals={folder.totals} />
          <Stack gap="md">
            <FolderNotes folder={folder} />
            <FolderActions folder={folder} />
          </Stack>
        </Card>
        <Tabs value={tab} onChange={(next) => goTo('sync', `${id}/${next ?? 'files'}`)} keepMounted={false}>
          <Tabs.List aria-label={name} mb="md">
            {folderTabs.map((each) => (
              <Tabs.Tab key={each} value={each}>
                {t(`syncPage.tab.${each}`)}
                {each === 'queue' && pendingChanges > 0 && ` (${number(pendingChanges)})`}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value="files">
            <VersionsBrowser folder={folder} />
          </Tabs.Panel>
          <Tabs.Panel value="queue">
            <QueueTab folder={folder} />
          </Tabs.Panel>
          <Tabs.Panel value="activity">
            <ActivityTab folder={folder} />
          </Tabs.Panel>
        </Tabs>
      </Stack>
    </div>
  )
}
