import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import type { Plan, Unread } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { Section } from '../../components/section.tsx'
import { goTo } from '../../store/route.ts'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './unprotected.module.css'

const SHOWN = 6

/** What the newest backups could not read: why, what to do, and leaving it out on purpose. */
export function UnreadSection({
  unread,
  plans,
  onChanged,
}: {
  unread: readonly Unread[]
  plans: readonly Plan[]
  onChanged: () => void
}) {
  const { t } = useWords()
  if (unread.length === 0) return null
  return (
    <Section title={t('unprotectedPage.unread')} testId="unread">
      <Stack>
        {unread.map((each) => (
          <UnreadCard
            key={each.planId}
            unread={each}
            plan={plans.find(({ id }) => id === each.planId)}
            onChanged={onChanged}
          />
        ))}
      </Stack>
    </Section>
  )
}

function UnreadCard({
  unread,
  plan,
  onChanged,
}: {
  unread: Unread
  plan: Plan | undefined
  onChanged: () => void
}) {
  const { t, sentence } = useWords()
  const [shown, setShown] = useState(SHOWN)
  const backUp = useAction('backup.start')
  const update = useAction('plan.update')
  const { planName, planId, backupId, items, count } = unread
  const error = backUp.error ?? update.error

  const leaveOut = async (rule: string): Promise<void> => {
    if (plan && (await update.act({ id: planId, change: { exclude: [...plan.exclude, rule] } }))) onChanged()
  }
  return (
    <Card>
      <Group justify="space-between" mb="sm">
        <Title order={3} size="h5">
          {t('unprotectedPage.unreadIn', { plan: planName, count })}
        </Title>
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={() => goTo('backups', backupId)}>
            {t('unprotectedPage.showBackup')}
          </Button>
          <Button
            size="xs"
            variant="default"
            loading={backUp.busy}
            onClick={() => backUp.act({ plan: planId })}
          >
            {t('unprotectedPage.tryAgain')}
          </Button>
        </Group>
      </Group>
      <ul className={styles.list}>
        {items.slice(0, shown).map(({ path, why, todo, rule }) => (
          <li key={path} className={styles.row} data-testid="unread-file">
            <div className={styles.what}>
              <Text className="mono">{path}</Text>
              <Text size="sm">
                {sentence(why)}. {sentence(todo)}
              </Text>
            </div>
            {rule !== undefined && plan && (
              <Button
                size="xs"
                variant="default"
                disabled={update.busy}
                aria-label={t('unprotectedPage.leaveOutNamed', { path })}
                onClick={() => leaveOut(rule)}
              >
                {t('unprotectedPage.leaveOut')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {items.length > shown && (
        <Button size="xs" variant="subtle" mt="xs" onClick={() => setShown(items.length)}>
          {t('common.showMore')}
        </Button>
      )}
      {error && <ErrorNote error={error} />}
    </Card>
  )
}
