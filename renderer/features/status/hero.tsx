import { Button, Group, Menu, Text, Title } from '@mantine/core'
import { IconChevronDown, IconPlaneInflight, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import type { Status } from '../../../main/contract/index.ts'
import { BackUpNow } from '../../components/back-up-now.tsx'
import { Card } from '../../components/card.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { levelLook } from '../../components/states.ts'
import { inAnHour, tomorrowMorning } from '../../components/times/pause-ends.ts'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { ToneDisc } from '../../components/tone.tsx'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './status-page.module.css'

/** The one sentence, and the few things anyone wants to do about it. */
export function Hero({ status }: { status: Status }) {
  const { t, sentence } = useWords()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    heading.current?.focus({ preventScroll: true })
  }, [])

  return (
    <Card className={styles.hero}>
      <ToneDisc {...levelLook[status.level]} size={76} turning={status.level === 'working'} />
      <div className={styles.heroText}>
        <Title
          order={1}
          className={styles.sentence}
          data-testid="hero"
          data-level={status.level}
          tabIndex={-1}
          ref={heading}
        >
          {sentence(status.sentence)}
        </Title>
        <Text c="dimmed" mt={6}>
          {t('statusPage.lastBackup')}{' '}
          {status.lastBackupAt ? <RelativeTime at={status.lastBackupAt} /> : t('common.never')}
          {status.nextRunAt && (
            <>
              {' · '}
              {t('statusPage.nextBackup')} <RelativeTime at={status.nextRunAt} />
            </>
          )}
          {status.copiesTotal > 0 && status.sentence.key !== 'status.protected' && (
            <>
              {' · '}
              {t('statusPage.copiesCurrent', { current: status.copiesCurrent, total: status.copiesTotal })}
            </>
          )}
        </Text>
        <Group mt="md" gap="sm">
          <BackUpNow />
          <PauseButton status={status} />
          {status.offline && <OnlineAgain />}
        </Group>
      </div>
    </Card>
  )
}

function PauseButton({ status }: { status: Status }) {
  const { t } = useWords()
  const pause = useAction('automation.pause')
  const resume = useAction('automation.resume')
  const paused = status.level === 'paused' || status.pausedUntil !== undefined

  if (paused) {
    return (
      <>
        <Button
          variant="default"
          loading={resume.busy}
          leftSection={<IconPlayerPlay size={16} aria-hidden />}
          onClick={() => resume.act({})}
        >
          {t('statusPage.resume')}
        </Button>
        {resume.error && <ErrorNote error={resume.error} />}
      </>
    )
  }
  return (
    <>
      <Menu position="bottom-start">
        <Menu.Target>
          <Button
            variant="default"
            loading={pause.busy}
            leftSection={<IconPlayerPause size={16} aria-hidden />}
            rightSection={<IconChevronDown size={14} aria-hidden />}
          >
            {t('statusPage.pause')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => pause.act({ until: inAnHour() })}>{t('statusPage.pauseHour')}</Menu.Item>
          <Menu.Item onClick={() => pause.act({ until: tomorrowMorning() })}>
            {t('statusPage.pauseTomorrow')}
          </Menu.Item>
          <Menu.Item onClick={() => pause.act({})}>{t('statusPage.pauseForever')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {pause.error && <ErrorNote error={pause.error} />}
    </>
  )
}

/** Working offline is easily forgotten; one press ends it. */
function OnlineAgain() {
  const { t } = useWords()
  const setOffline = useAction('offline.set')
  return (
    <>
      <Button
        variant="default"
        loading={setOffline.busy}
        leftSection={<IconPlaneInflight size={16} aria-hidden />}
        onClick={() => setOffline.act({ on: false })}
      >
        {t('outbox.onlineAgain')}
      </Button>
      {setOffline.error && <ErrorNote error={setOffline.error} />}
    </>
  )
}
