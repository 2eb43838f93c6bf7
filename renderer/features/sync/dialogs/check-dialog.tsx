import { Button, Group, Stack, Switch, Text } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react'
import { useState } from 'react'
import type { CallOutput, SyncedFolder } from '../../../../main/contract/index.ts'
import { ErrorNote } from '../../../components/error-note.tsx'
import shared from '../../../components/kept-folder/kept-folder.module.css'
import { TitledDialog } from '../../../components/titled-dialog.tsx'
import { ToneDisc } from '../../../components/tone.tsx'
import { useAction } from '../../../store/use-action.ts'
import { useWords } from '../../../words/use-words.ts'
import styles from '../sync.module.css'

/** Whether what a folder shares is all there, as it was stored. */
export function CheckDialog({
  folder,
  opened,
  onClose,
}: {
  folder: SyncedFolder
  opened: boolean
  onClose: () => void
}) {
  const { t } = useWords()
  return (
    <TitledDialog opened={opened} onClose={onClose} title={t('syncPage.check.title', { name: folder.name })}>
      <Check folder={folder} onClose={onClose} />
    </TitledDialog>
  )
}

function Check({ folder, onClose }: { folder: SyncedFolder; onClose: () => void }) {
  const { t } = useWords()
  const check = useAction('sync.check')
  const [deep, setDeep] = useState(false)
  const [found, setFound] = useState<CallOutput<'sync.check'>>()
  const begin = async (): Promise<void> => {
    setFound(undefined)
    setFound(await check.act({ id: folder.id, deep }))
  }
  return (
    <Stack data-testid="sync-check">
      <Text size="sm">{t('syncPage.check.intro', { place: folder.placeName })}</Text>
      <Switch
        label={t('syncPage.check.deep')}
        description={t('syncPage.check.deepHint')}
        checked={deep}
        disabled={check.busy}
        onChange={(event) => setDeep(event.currentTarget.checked)}
      />
      <div role="status">{found && <Found found={found} />}</div>
      {check.error && <ErrorNote error={check.error} place={folder.placeName} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t('common.close')}
        </Button>
        <Button loading={check.busy} onClick={() => void begin()} data-autofocus>
          {t('syncPage.check.begin')}
        </Button>
      </Group>
    </Stack>
  )
}

function Found({ found: { packs, bytes: size, damaged } }: { found: CallOutput<'sync.check'> }) {
  const { t, bytes } = useWords()
  const isSound = damaged.length === 0
  return (
    <Group align="flex-start" gap="md" wrap="nowrap">
      <ToneDisc
        tone={isSound ? 'ok' : 'bad'}
        icon={isSound ? IconCircleCheck : IconAlertTriangle}
        size={38}
      />
      <Stack gap={4} miw={0}>
        <Text fw={620}>
          {isSound ? t('syncPage.check.sound') : t('syncPage.check.damaged', { count: damaged.length })}
        </Text>
        <Text size="sm" c="dimmed">
          {t('syncPage.check.looked', { count: packs, size: bytes(size) })}
        </Text>
        {!isSound && <Text size="sm">{t('syncPage.check.todo')}</Text>}
        {!isSound && (
          <ul className={styles.examples}>
            {damaged.slice(0, 20).map((path) => (
              <li key={path} className={shared.anywhere}>
                {path}
              </li>
            ))}
          </ul>
        )}
      </Stack>
    </Group>
  )
}
