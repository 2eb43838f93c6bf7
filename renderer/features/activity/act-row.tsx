import { Anchor, Text } from '@mantine/core'
import { IconBan, IconCircleCheck, IconCircleX, IconPlayerPlay } from '@tabler/icons-react'
import type { AuditRecord } from '../../../main/contract/index.ts'
import type { Look } from '../../components/states.ts'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { ToneBadge } from '../../components/tone.tsx'
import { addressOf } from '../../store/route.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './activity.module.css'
import { type Act, aboutOf, actKey } from './acts.ts'

const outcomeLook: Record<AuditRecord['outcome'], Look> = {
  started: { tone: 'work', icon: IconPlayerPlay },
  done: { tone: 'ok', icon: IconCircleCheck },
  failed: { tone: 'bad', icon: IconCircleX },
  refused: { tone: 'warn', icon: IconBan },
}

/** Who did what, when, and what came of it. */
export function ActRow({ act }: { act: Act }) {
  const { t, exists } = useWords()
  const plans = useSlice('plans') ?? {}
  const places = useSlice('places') ?? {}
  const { action, actor, at, outcome, code, missed, number } = act
  const who = t(`activity.who.${actor.kind}`, { name: actor.name })
  const about = aboutOf(act, (id) => plans[id]?.name ?? places[id]?.name)
  return (
    <li data-testid="act">
      <div className={styles.words}>
        <Text>{sentenceText()}</Text>
        <Text size="sm" c="dimmed">
          <RelativeTime at={at} />
          {about.map(({ what, value }) => (
            <span key={what}>{` · ${t(`activity.about.${what}`, { value })}`}</span>
          ))}
        </Text>
        {action === 'restore.start' && outcome === 'done' && (
          <Anchor href={addressOf('restore')} size="sm">
            {t('restore.undoThere')}
          </Anchor>
        )}
        {missed !== undefined && missed > 0 && (
          <Text size="sm">{t('activity.missed', { count: missed })}</Text>
        )}
        <details className={styles.details}>
          <summary aria-label={t('activity.detailsOf', { number })}>{t('common.details')}</summary>
          <pre>{detailsOf(act)}</pre>
        </details>
      </div>
      <ToneBadge {...outcomeLook[outcome]}>
        {t(`cli.log.outcome.${outcome}`)}
        {code !== undefined && ` (${code})`}
      </ToneBadge>
    </li>
  )

  function sentenceText(): string {
    if (!exists(actKey('did', action))) return t('activity.asked', { who, action })
    if (outcome === 'done') return t(actKey('did', action), { who })
    const params = { who, act: t(actKey('do', action)) }
    return outcome === 'started' ? t('activity.began', params) : t('activity.tried', params)
  }
}

/** The entry as it stands in the log, for who looks closer. */
function detailsOf({ number, at, startedAt, device, host, action, targets, ends }: Act): string {
  return [
    `number: ${number}${ends === undefined ? '' : ` (ends ${ends})`}`,
    `at: ${at}`,
    ...(startedAt === undefined ? [] : [`started: ${startedAt}`]),
    `action: ${action}`,
    `through: ${host}`,
    `device: ${device}`,
    ...Object.entries(targets).map(([name, value]) => `${name}: ${value}`),
  ].join('\n')
}
