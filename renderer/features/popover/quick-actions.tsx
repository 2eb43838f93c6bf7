import { Button, Text } from '@mantine/core'
import {
  IconArrowLeft,
  IconBolt,
  IconHistory,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlus,
  IconRefresh,
} from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import type { ShownPage, Status } from '../../../main/contract/index.ts'
import { inAnHour, tomorrowMorning } from '../../components/times/pause-ends.ts'
import { wireErrorOf } from '../../link/caller.ts'
import { useCallEngine, useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './popover.module.css'

/** Backing up, syncing, pausing and restoring, one press each. A refusal is said below them. */
export function QuickActions({ status, onShow }: { status: Status; onShow: (page: ShownPage) => void }) {
  const { t, error } = useWords()
  const callEngine = useCallEngine()
  const plans = Object.values(useSlice('plans') ?? {})
  const syncs = Object.values(useSlice('syncs') ?? {})
  const [refused, setRefused] = useState<string>()
  const [isChoosingPause, setChoosingPause] = useState(false)
  const pauseButton = useRef<HTMLButtonElement>(null)
  const hasChosen = useRef(false)
  useEffect(() => {
    // Who came by the keyboard goes on where the choice was opened.
    if (!isChoosingPause && hasChosen.current) pauseButton.current?.focus()
    hasChosen.current = isChoosingPause
  }, [isChoosingPause])
  const isPaused = status.level === 'paused' || status.pausedUntil !== undefined

  const ask = async (work: () => Promise<unknown>): Promise<void> => {
    setRefused(undefined)
    try {
      await work()
    } catch (thrown) {
      setRefused(error(wireErrorOf(thrown)).what)
    }
  }
  const backUpAll = async (): Promise<void> => {
    for (const plan of plans) await callEngine('backup.start', { plan: plan.id })
  }
  const pause = (until?: string): void => {
    setChoosingPause(false)
    void ask(() => callEngine('automation.pause', until === undefined ? {} : { until }))
  }

  if (isChoosingPause) return <PauseChoice onPause={pause} onBack={() => setChoosingPause(false)} />
  return (
    <section aria-label={t('popover.actions')} className={styles.actions}>
      {plans.length > 0 ? (
        <Button leftSection={<IconBolt size={16} aria-hidden />} onClick={() => ask(backUpAll)}>
          {t('popover.backUpNow')}
        </Button>
      ) : (
        <Button
          className={styles.wide}
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => onShow('status')}
        >
          {t('popover.setUp')}
        </Button>
      )}
      {syncs.length > 0 && (
        <Button
          variant="light"
          leftSection={<IconRefresh size={16} aria-hidden />}
          onClick={() => ask(() => callEngine('sync.run', {}))}
        >
          {t('popover.syncNow')}
        </Button>
      )}
      {isPaused ? (
        <Button
          variant="light"
          leftSection={<IconPlayerPlay size={16} aria-hidden />}
          onClick={() => ask(() => callEngine('automation.resume', {}))}
        >
          {t('tray.resume')}
        </Button>
      ) : (
        plans.length + syncs.length > 0 && (
          <Button
            variant="light"
            ref={pauseButton}
            leftSection={<IconPlayerPause size={16} aria-hidden />}
            onClick={() => setChoosingPause(true)}
          >
            {t('popover.pause')}
          </Button>
        )
      )}
      <Button
        variant="light"
        leftSection={<IconHistory size={16} aria-hidden />}
        onClick={() => onShow('restore')}
      >
        {t('popover.restore')}
      </Button>
      {refused && (
        <Text size="xs" c="var(--mantine-color-error)" role="alert" className={styles.wide}>
          {refused}
        </Text>
      )}
    </section>
  )
}

function PauseChoice({ onPause, onBack }: { onPause: (until?: string) => void; onBack: () => void }) {
  const { t } = useWords()
  const first = useRef<HTMLButtonElement>(null)
  useEffect(() => first.current?.focus(), [])
  return (
    <section aria-label={t('popover.pause')} className={styles.actions}>
      <Button variant="light" ref={first} onClick={() => onPause(inAnHour())}>
        {t('tray.pauseHour')}
      </Button>
      <Button variant="light" onClick={() => onPause(tomorrowMorning())}>
        {t('tray.pauseTomorrow')}
      </Button>
      <Button variant="light" className={styles.wide} onClick={() => onPause()}>
        {t('tray.pauseForever')}
      </Button>
      <Button
        variant="subtle"
        className={styles.wide}
        leftSection={<IconArrowLeft size={16} aria-hidden />}
        onClick={onBack}
      >
        {t('popover.pauseBack')}
      </Button>
    </section>
  )
}
