import { Button, Center, Loader, Text, UnstyledButton } from '@mantine/core'
import {
  type Icon,
  IconAlertTriangle,
  IconArrowsSplit,
  IconChevronRight,
  IconShieldExclamation,
} from '@tabler/icons-react'
import type { ShownPage, Status } from '../../../main/contract/index.ts'
import { levelLook } from '../../components/states.ts'
import { useNow } from '../../components/times/use-now.ts'
import { ToneDisc } from '../../components/tone.tsx'
import { useAction } from '../../store/use-action.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { useAppearance } from '../shell/use-appearance.ts'
import styles from './popover.module.css'
import { QuickActions } from './quick-actions.tsx'
import { RunningWork } from './running-work.tsx'

/** What one wants to know at a glance, and the few things one wants to do: everything else is in the window. */
export function Popover() {
  const { t } = useWords()
  const status = useSlice('status')?.current
  const syncs = useSlice('syncs') ?? {}
  const show = useAction('host.showWindow')
  useAppearance()
  if (!status)
    return (
      <Center h="100vh">
        <Loader aria-label={t('link.starting')} />
      </Center>
    )
  const conflicts = Object.values(syncs).reduce((sum, each) => sum + each.conflicts, 0)
  const problems = status.problems.filter(
    ({ id, level }) => (level === 'attention' || level === 'failed') && !id.startsWith('sync-conflicts/'),
  ).length
  return (
    <main className={styles.popover} aria-label={t('popover.title')}>
      <Verdict status={status} />
      <div className={styles.middle}>
        {conflicts + problems > 0 && (
          <Waiting conflicts={conflicts} problems={problems} onShow={(page) => show.act({ page })} />
        )}
        <RunningWork most={conflicts + problems > 0 ? 1 : 2} />
      </div>
      <QuickActions status={status} onShow={(page) => show.act({ page })} />
      <Button variant="default" fullWidth onClick={() => show.act({})}>
        {t('popover.open')}
      </Button>
    </main>
  )
}

function Verdict({ status }: { status: Status }) {
  const { t, sentence, relative } = useWords()
  const nowMs = useNow(30_000)
  // While the guard holds something back, nothing else is the news.
  const held = status.problems.find(({ id }) => id.startsWith('unusual-change/'))
  const look = held ? { tone: 'bad' as const, icon: IconShieldExclamation } : levelLook[status.level]
  const facts = [
    status.lastBackupAt
      ? t('tray.backedUp', { ago: relative(status.lastBackupAt, nowMs) })
      : t('tray.neverBackedUp'),
    status.nextRunAt && t('tray.next', { time: relative(status.nextRunAt, nowMs) }),
    status.copiesTotal > 0 && t('tray.copies', { current: status.copiesCurrent, count: status.copiesTotal }),
  ].filter((fact): fact is string => typeof fact === 'string' && fact !== '')

  return (
    <header className={styles.verdict}>
      <ToneDisc {...look} size={46} turning={!held && status.level === 'working'} />
      <div>
        <div role="status">
          <h1 className={styles.sentence} data-testid="verdict">
            {sentence((held ?? status).sentence)}
          </h1>
        </div>
        {status.level !== 'empty' && (
          <Text size="xs" c="dimmed" mt={4}>
            {facts.join(' · ')}
          </Text>
        )}
      </div>
    </header>
  )
}

/** What waits for a person, each a way to where it is settled. */
function Waiting({
  conflicts,
  problems,
  onShow,
}: {
  conflicts: number
  problems: number
  onShow: (page: ShownPage) => void
}) {
  const { t } = useWords()
  return (
    <div className={styles.rows}>
      {conflicts > 0 && (
        <Row icon={IconArrowsSplit} onOpen={() => onShow('conflicts')}>
          {t('popover.conflicts', { count: conflicts })}
        </Row>
      )}
      {problems > 0 && (
        <Row icon={IconAlertTriangle} onOpen={() => onShow('problems')}>
          {t('popover.problems', { count: problems })}
        </Row>
      )}
    </div>
  )
}

function Row({ icon: RowIcon, onOpen, children }: { icon: Icon; onOpen: () => void; children: string }) {
  return (
    <UnstyledButton className={styles.row} onClick={onOpen}>
      <RowIcon size={17} aria-hidden />
      <span>{children}</span>
      <IconChevronRight size={16} aria-hidden />
    </UnstyledButton>
  )
}
