import { Anchor, Button, Group, Loader, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import type { CallOutput, Invite, SyncedFolder } from '../../../../main/contract/index.ts'
import { ErrorNote } from '../../../components/error-note.tsx'
import { CopyField } from '../../../components/forms/copy-field.tsx'
import shared from '../../../components/kept-folder/kept-folder.module.css'
import { TitledDialog } from '../../../components/titled-dialog.tsx'
import { addressOf } from '../../../store/route.ts'
import { useAction } from '../../../store/use-action.ts'
import { useAnswer } from '../../../store/use-answer.ts'
import { useWords } from '../../../words/use-words.ts'
import styles from '../sync.module.css'

/** Lets another device into a synced folder. The code lives in this dialog only. */
export function InviteDialog({
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
    <TitledDialog opened={opened} onClose={onClose} size="lg" title={t('syncPage.invite.title')}>
      <InviteSteps folder={folder} onClose={onClose} />
    </TitledDialog>
  )
}

function InviteSteps({ folder, onClose }: { folder: SyncedFolder; onClose: () => void }) {
  const { t } = useWords()
  const { name, placeId, placeName } = folder
  const make = useAction('sync.invite')
  const [made, setMade] = useState<CallOutput<'sync.invite'>>()
  return (
    <Stack>
      <Text size="sm">{t('syncPage.invite.intro', { name, place: placeName })}</Text>
      {make.error && <ErrorNote error={make.error} place={placeName} />}
      {made ? <Code made={made} name={name} /> : <OpenInvites placeId={placeId} placeName={placeName} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t(made ? 'common.done' : 'common.cancel')}
        </Button>
        {!made && (
          <Button
            loading={make.busy}
            onClick={async () => setMade(await make.act({ placeId }))}
            data-autofocus
          >
            {t('syncPage.invite.make')}
          </Button>
        )}
      </Group>
    </Stack>
  )
}

/** The code, to be typed or scanned on the other device, once. */
function Code({
  made: { code, qr, until, placeName },
  name,
}: {
  made: CallOutput<'sync.invite'>
  name: string
}) {
  const { t, exact } = useWords()
  return (
    <div className={styles.invite} data-testid="invite-code">
      <img
        src={`data:image/svg+xml;utf8,${encodeURIComponent(qr)}`}
        alt={t('syncPage.invite.picture')}
        className={styles.qr}
      />
      <Stack gap="sm" flex="1 1 260px" miw={0}>
        <CopyField label={t('syncPage.invite.code')} value={code} />
        <Text size="sm" role="status">
          {t('syncPage.invite.until', { at: exact(until) })}
        </Text>
        <Text size="sm">{t('syncPage.invite.how', { name, place: placeName })}</Text>
      </Stack>
    </div>
  )
}

/** Invites that nobody has used yet, each to be taken back. */
function OpenInvites({ placeId, placeName }: { placeId: string; placeName: string }) {
  const { t } = useWords()
  const open = useAnswer('sync.invites', { placeId })
  const revoke = useAction('sync.revokeInvites')
  const takeBack = async (inviteId: string): Promise<void> => {
    if (await revoke.act({ placeId, inviteId })) open.again()
  }
  const failed = open.error ?? revoke.error
  return (
    <>
      {failed && <ErrorNote error={failed} place={placeName} />}
      {!open.data && open.busy && <Loader size="sm" aria-label={t('common.loading')} />}
      {open.data && open.data.length > 0 && (
        <section aria-label={t('syncPage.invite.open')} data-testid="open-invites">
          <Text fw={620} size="sm">
            {t('syncPage.invite.open')}
          </Text>
          <ul className={styles.invites}>
            {open.data.map((invite) => (
              <InviteRow
                key={invite.inviteId}
                invite={invite}
                busy={revoke.busy}
                onTakeBack={() => void takeBack(invite.inviteId)}
              />
            ))}
          </ul>
        </section>
      )}
      <Text size="xs" c="dimmed">
        {t('syncPage.invite.scope', { place: placeName })}{' '}
        <Anchor inherit underline="always" href={addressOf('settings')}>
          {t('syncPage.invite.keys')}
        </Anchor>
      </Text>
    </>
  )
}

function InviteRow({
  invite: { device, createdAt, until },
  busy,
  onTakeBack,
}: {
  invite: Invite
  busy: boolean
  onTakeBack: () => void
}) {
  const { t, exact } = useWords()
  return (
    <li className={styles.inviteRow}>
      <Text size="sm" className={shared.anywhere}>
        {t('syncPage.invite.row', { device, at: exact(createdAt), until: exact(until) })}
      </Text>
      <Button
        size="compact-sm"
        variant="default"
        disabled={busy}
        aria-label={t('syncPage.invite.revokeOf', { at: exact(createdAt) })}
        onClick={onTakeBack}
      >
        {t('syncPage.invite.revoke')}
      </Button>
    </li>
  )
}
