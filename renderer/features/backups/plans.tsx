import { ActionIcon, Button, Group, Menu, Stack, Text } from '@mantine/core'
import {
  IconBolt,
  IconClock,
  IconDots,
  IconFolder,
  IconMapPin,
  IconPencil,
  IconTrash,
} from '@tabler/icons-react'
import { useState } from 'react'
import type { Plan, ScheduledJob } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { EmptyNote } from '../../components/empty-note.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { Section } from '../../components/section.tsx'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { ScheduleWords } from '../../components/times/schedule-words.tsx'
import { useNow } from '../../components/times/use-now.ts'
import { useAction } from '../../store/use-action.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './plans.module.css'

const SAID_ABOVE = ['whyNot.notYet', 'whyNot.manual']

/** Every plan: what, where, how often, and when it ran. */
export function Plans({ onEdit, onNew }: { onEdit: (plan: Plan) => void; onNew: () => void }) {
  const { t } = useWords()
  const plans = Object.values(useSlice('plans') ?? {})
  const running = Object.values(useSlice('runs') ?? {}).filter((run) => run.state === 'running')
  // What a plan waits for may come and go without any other news of it.
  const version = JSON.stringify([
    plans,
    running.map((run) => run.id),
    useSlice('status')?.current?.pausedUntil,
  ])
  const minute = useNow(60_000)
  const jobs =
    useAnswer('schedule.list', plans.length > 0 ? {} : null, `${version} ${minute}`).data?.jobs ?? []
  return (
    <Section title={t('plans.title')} testId="plans">
      {plans.length === 0 ? (
        <Card>
          <EmptyNote picture="chest" text={t('plans.empty')}>
            <Button onClick={onNew}>{t('plans.create')}</Button>
          </EmptyNote>
        </Card>
      ) : (
        <div className={styles.grid}>
          {plans.map((plan) => (
            <PlanCard
              plan={plan}
              job={jobs.find((job) => job.id === plan.id)}
              key={plan.id}
              onEdit={() => onEdit(plan)}
            />
          ))}
        </div>
      )}
    </Section>
  )
}

function PlanCard({ plan, job, onEdit }: { plan: Plan; job: ScheduledJob | undefined; onEdit: () => void }) {
  const { t, sentence } = useWords()
  const places = useSlice('places') ?? {}
  const start = useAction('backup.start')
  const remove = useAction('plan.remove')
  const [removing, setRemoving] = useState(false)
  const [first, second, ...rest] = plan.sources
  // The schedule and its next run stand above.
  const why = [job?.note, job?.why].filter((each) => each && !SAID_ABOVE.includes(each.key))

  return (
    <Card className={styles.plan}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Stack gap={0} miw={0}>
          <Text component="h3" fw={650} size="lg" truncate>
            {plan.name}
          </Text>
          <Text size="sm" c="dimmed">
            <ScheduleWords text={plan.schedule} />
            {plan.nextRunAt && (
              <>
                {' · '}
                {t('plans.next', { time: '' })}
                <RelativeTime at={plan.nextRunAt} />
              </>
            )}
          </Text>
        </Stack>
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={t('common.actions', { name: plan.name })}>
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconPencil size={15} />} onClick={onEdit}>
              {t('common.edit')}
            </Menu.Item>
            <Menu.Item leftSection={<IconTrash size={15} />} onClick={() => setRemoving(true)}>
              {t('plans.remove')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
      <dl className={styles.facts}>
        <dt>
          <IconFolder size={16} aria-label={t('plans.sources')} role="img" />
        </dt>
        <dd title={plan.sources.join('\n')}>
          {[first, second].filter(Boolean).join(', ')}
          {rest.length > 0 && ` ${t('plans.more', { count: rest.length })}`}
        </dd>
        <dt>
          <IconMapPin size={16} aria-label={t('plans.places')} role="img" />
        </dt>
        <dd>{plan.placeIds.map((id) => places[id]?.name ?? id).join(', ')}</dd>
        {why.length > 0 && (
          <>
            <dt>
              <IconClock size={16} aria-label={t('plans.why')} role="img" />
            </dt>
            <dd data-testid="plan-why">{why.flatMap((each) => (each ? sentence(each) : [])).join(' ')}</dd>
          </>
        )}
      </dl>
      <Group justify="space-between" mt="auto" gap="xs">
        <Text size="sm" c="dimmed">
          {plan.lastBackupAt ? (
            <>
              {t('plans.last', { time: '' })}
              <RelativeTime at={plan.lastBackupAt} />
            </>
          ) : (
            t('plans.neverRan')
          )}
        </Text>
        <Button
          size="xs"
          variant="light"
          leftSection={<IconBolt size={14} aria-hidden />}
          loading={start.busy}
          aria-label={t('plans.backUpNamed', { plan: plan.name })}
          onClick={() => start.act({ plan: plan.id })}
        >
          {t('plans.backUpNow')}
        </Button>
      </Group>
      {start.error && <ErrorNote error={start.error} />}
      <ConfirmDialog
        opened={removing}
        onClose={() => setRemoving(false)}
        title={t('plans.removeTitle', { plan: plan.name })}
        body={t('plans.removeBody')}
        confirm={t('plans.removeConfirm')}
        busy={remove.busy}
        error={remove.error}
        onConfirm={() => remove.act({ id: plan.id })}
      />
    </Card>
  )
}
