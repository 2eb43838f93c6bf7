import { Notification, Stack } from '@mantine/core'
import { useCallback, useEffect, useState } from 'react'
import type { EventData } from '../../../main/contract/index.ts'
import { type Look, levelLook } from '../../components/states.ts'
import { useEngineEvent, useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './notices.module.css'

const SHOWN_MS = 8_000
const MOST_AT_ONCE = 3

const looks: Record<EventData<'notice'>['level'], Look> = {
  success: levelLook.protected,
  info: levelLook.working,
  attention: levelLook.attention,
  failed: levelLook.failed,
}

interface Shown extends EventData<'notice'> {
  readonly id: number
}

/** What the status page says, too, for as long as it lasts. */
const LASTING: ReadonlySet<string> = new Set(
  ['backupFailed', 'backupIncomplete', 'placeFailed', 'syncConflicts', 'mirrorWaits'].map(
    (name) => `notices.${name}`,
  ),
)

let lastId = 0

/** What happened just now. Good news leaves by itself; what needs a person stays until it is dismissed, or nothing needs one any more. */
export function Notices() {
  const { t, sentence } = useWords()
  const [notices, setNotices] = useState<readonly Shown[]>([])
  const dismiss = useCallback(
    (id: number) => setNotices((now) => now.filter((notice) => notice.id !== id)),
    [],
  )
  const problems = useSlice('status')?.current.problems ?? []
  const isNeeded = problems.some(({ level }) => level === 'attention' || level === 'failed')
  useEffect(() => {
    if (isNeeded) return () => setNotices((now) => now.filter(({ sentence: { key } }) => !LASTING.has(key)))
  }, [isNeeded])
  useEngineEvent(
    'notice',
    useCallback(
      (notice) => {
        const id = ++lastId
        setNotices((now) => [...now, { ...notice, id }].slice(-MOST_AT_ONCE))
        if (notice.level === 'success' || notice.level === 'info') setTimeout(() => dismiss(id), SHOWN_MS)
      },
      [dismiss],
    ),
  )

  return (
    <section className={styles.notices} aria-label={t('notices.region')} aria-live="polite">
      <Stack gap="xs">
        {notices.map((notice) => {
          const { tone, icon: NoticeIcon } = looks[notice.level]
          return (
            <Notification
              key={notice.id}
              withBorder
              icon={<NoticeIcon size={18} aria-hidden />}
              color={tone === 'bad' ? 'red.8' : tone === 'warn' ? 'orange.9' : 'harbour'}
              closeButtonProps={{ 'aria-label': t('notices.dismiss') }}
              onClose={() => dismiss(notice.id)}
            >
              {sentence(notice.sentence)}
            </Notification>
          )
        })}
      </Stack>
    </section>
  )
}
