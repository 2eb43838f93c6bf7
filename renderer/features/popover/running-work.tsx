import { ActionIcon, Progress, Text } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import type { Run } from '../../../main/contract/index.ts'
import { shareDone } from '../../components/share-done.ts'
import { timeLeftText } from '../../components/times/time-left.ts'
import { useAction } from '../../store/use-action.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './popover.module.css'

/** What works now, with a way to stop each; more than `most` are in the window. */
export function RunningWork({ most }: { most: number }) {
  const { t } = useWords()
  const running = Object.values(useSlice('runs') ?? {}).filter(({ state }) => state === 'running')
  if (running.length === 0)
    return (
      <Text size="sm" c="dimmed" className={styles.quiet}>
        {t('popover.quiet')}
      </Text>
    )
  const more = running.length - most
  return (
    <section aria-label={t('popover.running')} className={styles.runs}>
      {running.slice(0, most).map((run) => (
        <Work run={run} key={run.id} />
      ))}
      {more > 0 && (
        <Text size="xs" c="dimmed">
          {t('popover.more', { count: more })}
        </Text>
      )}
    </section>
  )
}

function Work({ run }: { run: Run }) {
  const { t, share } = useWords()
  const cancel = useAction('run.cancel')
  const title = t(`runs.title.${run.kind}`, { label: run.label })
  const done = shareDone(run)
  const facts = [
    done === undefined ? t(`runs.phase.${run.phase}`) : share(done),
    run.secondsLeft !== undefined && timeLeftText(run.secondsLeft, t),
  ].filter(Boolean)
  return (
    <div className={styles.run}>
      <Text size="sm" fw={600} truncate title={title}>
        {title}
      </Text>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        loading={cancel.busy}
        aria-label={t('runs.cancelNamed', { title })}
        onClick={() => cancel.act({ id: run.id })}
      >
        <IconX size={15} />
      </ActionIcon>
      <Progress
        className={styles.wide}
        size={6}
        radius="xl"
        value={done === undefined ? 100 : done * 100}
        animated={done === undefined}
        aria-label={t('runs.overall', { title })}
      />
      <Text size="xs" c="dimmed" className={`${styles.wide} tabular`}>
        {facts.join(' · ')}
      </Text>
    </div>
  )
}
