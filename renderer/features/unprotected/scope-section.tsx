import { Button, Text } from '@mantine/core'
import { IconArrowDownRight, IconArrowUpRight } from '@tabler/icons-react'
import type { ScopeChange } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { Section } from '../../components/section.tsx'
import { ToneDisc } from '../../components/tone.tsx'
import { goTo } from '../../store/route.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './unprotected.module.css'

const LARGER: readonly ScopeChange['kind'][] = ['source-added', 'rule-removed']
/** Ready-made sets are told by their names. */
const PRESETS = ['caches', 'build', 'temporary', 'apps', 'media']

/** What is different since the last backups: what goes missing first, then what comes on top. */
export function ScopeSection({ changes }: { changes: readonly ScopeChange[] }) {
  const { t } = useWords()
  if (changes.length === 0) return null
  return (
    <Section
      title={t('unprotectedPage.scope')}
      testId="scope"
      aside={
        <Button size="xs" variant="default" onClick={() => goTo('backups')}>
          {t('unprotectedPage.openPlans')}
        </Button>
      }
    >
      <Card>
        <ul className={styles.list}>
          {changes.map(({ planId, planName, kind, what }) => {
            const isLarger = LARGER.includes(kind)
            const named = kind.startsWith('rule') && PRESETS.includes(what) ? t(`presets.${what}`) : what
            return (
              <li key={`${planId} ${kind} ${what}`} className={styles.row}>
                <ToneDisc
                  tone={isLarger ? 'ok' : 'warn'}
                  icon={isLarger ? IconArrowUpRight : IconArrowDownRight}
                  size={32}
                />
                <div className={styles.what}>
                  <Text>{t(`unprotected.scope.${kind}`, { what: named })}</Text>
                  <Text size="sm" c="dimmed">
                    {planName}
                  </Text>
                </div>
              </li>
            )
          })}
        </ul>
      </Card>
    </Section>
  )
}
