import { Button, Drawer, Group, Loader, Stack, Text } from '@mantine/core'
import { IconHistory, IconPin, IconShieldCheck, IconUpload } from '@tabler/icons-react'
import { type CallOutput, isDatabaseAddress } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { FileBrowser } from '../../components/lists/file-browser.tsx'
import { PathList } from '../../components/lists/path-list.tsx'
import { Section } from '../../components/section.tsx'
import { backupLook } from '../../components/states.ts'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { ToneBadge } from '../../components/tone.tsx'
import { goTo } from '../../store/route.ts'
import { useAction } from '../../store/use-action.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { RestoreDatabase } from '../databases/restore-database.tsx'
import styles from './backup-details.module.css'
import { Changes } from './changes.tsx'
import { CopyList } from './copy-list.tsx'
import { Health } from './health.tsx'
import { PinButton } from './pin-button.tsx'

/** Everything about one backup: its copies, what it holds, what it had to leave out. */
export function BackupDetails({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  const { t } = useWords()
  const recent = useSlice('recent')
  const answer = useAnswer('backup.get', id ? { id } : null, recent)
  const backup = answer.data?.id === id ? answer.data : undefined
  return (
    <Drawer
      opened={id !== undefined}
      onClose={onClose}
      position="right"
      size={620}
      title={t('backups.details')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {answer.error && <ErrorNote error={answer.error} />}
      {!backup && answer.busy && <Loader aria-label={t('common.loading')} />}
      {backup && <Details backup={backup} />}
    </Drawer>
  )
}

function Details({ backup }: { backup: CallOutput<'backup.get'> }) {
  const { t, bytes, number, duration, exact } = useWords()
  const verify = useAction('backup.verify')
  const push = useAction('backup.push')
  const failed = verify.error ?? push.error
  const snapshot = backup.format === 'snapshot'
  const usable = backup.state === 'complete' || backup.state === 'incomplete'
  const unfinished = backup.copies.some((copy) => copy.state !== 'synced')

  return (
    <Stack gap="lg" data-testid="backup-details">
      <Stack gap={8}>
        <Group gap="sm">
          <Text fw={650} size="lg">
            {backup.planName ?? t('backups.oneOff')}
          </Text>
          <ToneBadge {...backupLook[backup.state]}>{t(`backups.state.${backup.state}`)}</ToneBadge>
          {backup.pinned && (
            <ToneBadge tone="calm" icon={IconPin} title={t('health.keptWhy')}>
              {t('health.pinned')}
            </ToneBadge>
          )}
        </Group>
        <Text c="dimmed" size="sm">
          <RelativeTime at={backup.createdAt} /> · {exact(backup.createdAt)}
        </Text>
        <Group gap="xs" mt={4}>
          {usable && (
            <Button
              size="sm"
              leftSection={<IconHistory size={16} aria-hidden />}
              onClick={() => goTo('restore', backup.id)}
            >
              {t('backups.restore')}
            </Button>
          )}
          {usable && backup.sources.some(isDatabaseAddress) && <RestoreDatabase backup={backup} />}
          {usable && snapshot && <PinButton backup={backup} />}
          {usable && !snapshot && (
            <Button
              size="sm"
              variant="default"
              leftSection={<IconShieldCheck size={16} aria-hidden />}
              loading={verify.busy}
              onClick={() => verify.act({ id: backup.id })}
            >
              {t('backups.verify')}
            </Button>
          )}
          {usable && unfinished && (
            <Button
              size="sm"
              variant="default"
              leftSection={<IconUpload size={16} aria-hidden />}
              loading={push.busy}
              onClick={() => push.act({ id: backup.id })}
            >
              {t('backups.push')}
            </Button>
          )}
        </Group>
      </Stack>
      {failed && <ErrorNote error={failed} />}
      {backup.error && <ErrorNote error={backup.error} />}

      {backup.copies.length > 0 && (
        <Section title={t('backups.copiesTitle')}>
          {snapshot ? <Health backup={backup} /> : <CopyList copies={backup.copies} />}
        </Section>
      )}

      {backup.skipped.length > 0 && (
        <Section title={t('backups.skipped', { count: backup.skippedCount })}>
          <Text size="sm" c="dimmed" mb="xs">
            {t('backups.skippedHelp')}
          </Text>
          <ul className={styles.skipped} data-testid="skipped">
            {backup.skipped.map((item) => (
              <li key={item.path}>
                <code>{item.path}</code>
                <Text size="xs" c="dimmed">
                  {t(`backups.reason.${item.reason}`, { defaultValue: item.reason })}
                  {item.code && ` (${item.code})`}
                </Text>
              </li>
            ))}
          </ul>
        </Section>
      )}

      {usable && (
        <Section title={t('backups.browse')}>
          <FileBrowser backupId={backup.id} />
        </Section>
      )}

      {usable && (
        <Section title={t('diff.title')}>
          <Changes backup={backup} />
        </Section>
      )}

      <Section title={t('common.details')}>
        <dl className={styles.facts}>
          <dt>{t(snapshot ? 'health.newData' : 'backups.size')}</dt>
          <dd>{bytes(backup.sizeBytes)}</dd>
          <dt>{t('backups.original')}</dt>
          <dd>{bytes(backup.sourceBytes)}</dd>
          <dt>{t('backups.filesLabel')}</dt>
          <dd>{number(backup.files)}</dd>
          <dt>{t('backups.took')}</dt>
          <dd>{duration(backup.durationMs)}</dd>
          <dt>{t('backups.format')}</dt>
          <dd>{t(backup.format === 'archive' ? 'backups.formatArchive' : 'backups.formatSnapshot')}</dd>
          {backup.tag && (
            <>
              <dt>{t('backups.tag')}</dt>
              <dd>{backup.tag}</dd>
            </>
          )}
          {!snapshot && (
            <>
              <dt>{t('backups.filename')}</dt>
              <dd>
                <code>{backup.filename}</code>
              </dd>
              <dt>SHA-256</dt>
              <dd>
                <code>{backup.sha256}</code>
              </dd>
              <dt>MD5</dt>
              <dd>
                <code>{backup.md5}</code>
              </dd>
            </>
          )}
          <dt>{t('backups.sources')}</dt>
          <dd>
            <PathList paths={backup.sources} label={t('backups.sources')} />
          </dd>
        </dl>
        {backup.format === 'archive' && (
          <Text size="sm" c="dimmed" mt="sm">
            {t('backups.unencrypted')}
          </Text>
        )}
      </Section>
    </Stack>
  )
}
