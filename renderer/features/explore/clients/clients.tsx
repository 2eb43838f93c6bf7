import { Anchor, Button, Group, Loader, Stack, Text, Title } from '@mantine/core'
import { IconAdjustments, IconPlus, IconRobot, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import type { ApiKey } from '../../../../main/contract/index.ts'
import { Card } from '../../../components/card.tsx'
import { ConfirmDialog } from '../../../components/confirm-dialog.tsx'
import { EmptyNote } from '../../../components/empty-note.tsx'
import { ErrorNote } from '../../../components/error-note.tsx'
import { FillBar } from '../../../components/fill-bar.tsx'
import { Section } from '../../../components/section.tsx'
import { useNow } from '../../../components/times/use-now.ts'
import { addressOf } from '../../../store/route.ts'
import { useAction } from '../../../store/use-action.ts'
import { useAnswer } from '../../../store/use-answer.ts'
import { useSlice } from '../../../store/use-engine.ts'
import { useWords } from '../../../words/use-words.ts'
import styles from '../explore.module.css'
import { ClientDialog } from './client-dialog.tsx'

/** A share of the budget from which on it is worth a look. */
const NEARLY = 0.8

/** The programs that may read: each with how far, how much, and until when. */
export function Clients({ isServed }: { isServed: boolean }) {
  const { t } = useWords()
  const { data, error, again } = useAnswer('apiKeys.list', {}, useNow(30_000))
  const revoke = useAction('apiKeys.revoke')
  const [revoking, setRevoking] = useState<ApiKey>()
  /** The key whose limits are changed; `new`: one is made. */
  const [editing, setEditing] = useState<ApiKey | 'new'>()
  const clients = data?.filter(({ role }) => role === 'read-data')
  const confirm = async (): Promise<void> => {
    if (!revoking || !(await revoke.act({ key: revoking.id }))) return
    setRevoking(undefined)
    again()
  }
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setEditing('new')}>
      {t('explorePage.access.add')}
    </Button>
  )
  return (
    <Section
      title={t('explorePage.access.clients')}
      aside={clients && clients.length > 0 && add}
      testId="clients"
    >
      {error && <ErrorNote error={error} />}
      {!clients && !error && <Loader size="sm" aria-label={t('common.loading')} />}
      {clients && clients.length === 0 && (
        <Card>
          <EmptyNote icon={IconRobot} text={t('explorePage.access.none')}>
            {add}
          </EmptyNote>
        </Card>
      )}
      <Stack gap="md">
        {clients?.map((client) => (
          <ClientCard
            key={client.id}
            client={client}
            isServed={isServed}
            onEdit={() => setEditing(client)}
            onRevoke={() => {
              revoke.forget()
              setRevoking(client)
            }}
          />
        ))}
      </Stack>
      <ClientDialog editing={editing} onClose={() => setEditing(undefined)} onDone={again} />
      <ConfirmDialog
        opened={revoking !== undefined}
        onClose={() => setRevoking(undefined)}
        title={t('explorePage.access.revokeTitle', { name: revoking?.name ?? '' })}
        body={t('explorePage.access.revokeBody')}
        confirm={t('explorePage.access.revokeConfirm')}
        busy={revoke.busy}
        error={revoke.error}
        onConfirm={() => void confirm()}
      />
    </Section>
  )
}

function ClientCard({
  client,
  isServed,
  onEdit,
  onRevoke,
}: {
  client: ApiKey
  isServed: boolean
  onEdit: () => void
  onRevoke: () => void
}) {
  const { t, relative, exact } = useWords()
  const { id, name, lastUsedAt, expiresAt, isExpired } = client
  const used = lastUsedAt
    ? t('apiKeys.lastUsed', { when: relative(lastUsedAt, Date.now()) })
    : t('apiKeys.neverUsed')
  const ends = isExpired ? t('apiKeys.ended') : expiresAt && t('apiKeys.endsAt', { at: exact(expiresAt) })
  return (
    <Card data-testid="client">
      <Group justify="space-between" align="flex-start">
        <div className={styles.grow}>
          <Title order={3} size="h5" className={styles.path}>
            {name}
          </Title>
          <Text size="sm" c="dimmed">
            {[used, ends, !isServed && t('explorePage.access.offNow')].filter(Boolean).join(' · ')}
          </Text>
        </div>
        <Group gap="xs">
          <Button
            size="xs"
            variant="default"
            leftSection={<IconAdjustments size={15} aria-hidden />}
            aria-label={t('explorePage.access.limitNamed', { name })}
            onClick={onEdit}
          >
            {t('explorePage.access.limit')}
          </Button>
          <Button
            size="xs"
            variant="default"
            leftSection={<IconTrash size={15} aria-hidden />}
            aria-label={t('apiKeys.revokeNamed', { name })}
            onClick={onRevoke}
          >
            {t('apiKeys.revoke')}
          </Button>
        </Group>
      </Group>
      <ScopeList client={client} />
      <Budget client={client} />
      <Anchor
        size="sm"
        href={addressOf('activity', id)}
        aria-label={t('explorePage.access.activityOf', { name })}
      >
        {t('explorePage.access.activity')}
      </Anchor>
    </Card>
  )
}

/** How far a program sees, in words. */
function ScopeList({ client: { scope } }: { client: ApiKey }) {
  const { t, date } = useWords()
  const plans = useSlice('plans') ?? {}
  const day = (at: string): string => date(at.slice(0, 10))
  const { planIds, paths, from, to } = scope ?? {}
  const when =
    from && to
      ? t('explorePage.access.madeBetween', { from: day(from), to: day(to) })
      : from
        ? t('explorePage.access.madeFrom', { from: day(from) })
        : to
          ? t('explorePage.access.madeTo', { to: day(to) })
          : t('explorePage.access.anyTime')
  return (
    <ul className={styles.scope} aria-label={t('explorePage.access.sees')}>
      <li>
        {planIds
          ? t('explorePage.access.plans', { list: planIds.map((id) => plans[id]?.name ?? id).join(', ') })
          : t('explorePage.access.allPlans')}
      </li>
      <li>
        {paths ? t('explorePage.access.paths', { list: paths.join(', ') }) : t('explorePage.access.allPaths')}
      </li>
      <li>{when}</li>
    </ul>
  )
}

function Budget({ client: { bytesPerHour, usedBytes = 0 } }: { client: ApiKey }) {
  const { t, bytes } = useWords()
  if (bytesPerHour === undefined) return null
  const share = usedBytes / bytesPerHour
  const verdict = share >= 1 ? 'failing' : share >= NEARLY ? 'attention' : 'healthy'
  return (
    <div className={styles.budget}>
      <Text size="sm">
        {t(share >= 1 ? 'explorePage.access.usedUp' : 'explorePage.access.used', {
          used: bytes(usedBytes),
          budget: bytes(bytesPerHour),
        })}
      </Text>
      <FillBar own={usedBytes} whole={bytesPerHour} verdict={verdict} />
    </div>
  )
}
