import { ActionIcon, Text } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import type { ApiKey, Settings } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { SettingRow } from '../../components/forms/setting-row.tsx'
import { Section } from '../../components/section.tsx'
import { useAction } from '../../store/use-action.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import { ApiAccess } from './api-access.tsx'
import { NewKey } from './new-key.tsx'

/** Programs that use Everstow: whether they are served, and the key of each: what it may do, when it was last used, and taking it away. */
export function ApiKeys({
  settings,
  canServe,
  onChange,
}: {
  settings: Settings
  canServe: boolean
  onChange: (change: Partial<Settings>) => void
}) {
  const { t } = useWords()
  const answer = useAnswer('apiKeys.list', {})
  const revoke = useAction('apiKeys.revoke')
  const [revoking, setRevoking] = useState<ApiKey>()
  const keys = answer.data ?? []

  const confirm = async (): Promise<void> => {
    if (!revoking || !(await revoke.act({ key: revoking.id }))) return
    setRevoking(undefined)
    answer.again()
  }

  return (
    <Section title={t('apiKeys.section')} testId="api-keys">
      {answer.error && <ErrorNote error={answer.error} />}
      <Card>
        {canServe && <ApiAccess settings={settings} onChange={onChange} />}
        <SettingRow label={t('apiKeys.title')} hint={t('apiKeys.hint')}>
          {() => <NewKey onMade={answer.again} />}
        </SettingRow>
        {answer.data && keys.length === 0 && <Text c="dimmed">{t('apiKeys.none')}</Text>}
        {keys.map((key) => (
          <KeyRow key={key.id} apiKey={key} onRevoke={() => setRevoking(key)} />
        ))}
      </Card>
      <ConfirmDialog
        opened={revoking !== undefined}
        onClose={() => setRevoking(undefined)}
        title={t('apiKeys.revokeTitle', { name: revoking?.name ?? '' })}
        body={t('apiKeys.revokeBody')}
        confirm={t('apiKeys.revokeConfirm')}
        busy={revoke.busy}
        error={revoke.error}
        onConfirm={() => void confirm()}
      />
    </Section>
  )
}

function KeyRow({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: () => void }) {
  const { t, relative, exact } = useWords()
  const { name, role, lastUsedAt, expiresAt, isExpired } = apiKey
  const used = lastUsedAt
    ? t('apiKeys.lastUsed', { when: relative(lastUsedAt, Date.now()) })
    : t('apiKeys.neverUsed')
  const ends = isExpired ? t('apiKeys.ended') : expiresAt && t('apiKeys.endsAt', { at: exact(expiresAt) })
  return (
    <SettingRow
      label={name}
      hint={[t(`apiKeys.roles.${role}`), used, ends].filter((part) => part).join(' · ')}
    >
      {() => (
        <ActionIcon
          variant="subtle"
          color="red.8"
          aria-label={t('apiKeys.revokeNamed', { name })}
          onClick={onRevoke}
        >
          <IconTrash size={18} aria-hidden />
        </ActionIcon>
      )}
    </SettingRow>
  )
}
