import { Button, Text } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import type { LeftOut, Plan } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { Section } from '../../components/section.tsx'
import { useWords } from '../../words/use-words.ts'
import { AmountText } from './amount-text.tsx'
import styles from './unprotected.module.css'

const PlanDialog = lazy(() => import('../backups/plan-dialog.tsx'))
const SHOWN = 8

/** What rules leave out, most bytes first, with where most of it lies; the plan's rules can be changed from here. */
export function RulesSection({ rules, plans }: { rules: readonly LeftOut[]; plans: readonly Plan[] }) {
  const { t } = useWords()
  const [shown, setShown] = useState(SHOWN)
  const [editing, setEditing] = useState<Plan>()
  if (rules.length === 0) return null
  return (
    <Section title={t('unprotectedPage.rules')} testId="left-out">
      <Card>
        <Text size="sm" c="dimmed" mb="md">
          {t('unprotectedPage.rulesHint')}
        </Text>
        <ul className={styles.list}>
          {rules.slice(0, shown).map((rule) => {
            const plan = plans.find(({ id }) => id === rule.planId)
            return (
              <li
                key={`${rule.planId} ${rule.ignoreFile ?? ''} ${rule.pattern}`}
                className={styles.row}
                data-testid="rule"
              >
                <RuleText rule={rule} />
                <AmountText amount={rule} />
                <div className={styles.action}>
                  {plan && rule.ignoreFile === undefined && (
                    <Button
                      size="xs"
                      variant="default"
                      aria-label={t('unprotectedPage.changeRulesNamed', { plan: plan.name })}
                      onClick={() => setEditing(plan)}
                    >
                      {t('unprotectedPage.changeRules')}
                    </Button>
                  )}
                </div>
              </li>
            )
          })}
        </ul>
        {rules.length > shown && (
          <Button size="xs" variant="subtle" mt="xs" onClick={() => setShown(rules.length)}>
            {t('common.showMore')}
          </Button>
        )}
      </Card>
      <Suspense>{editing && <PlanDialog plan={editing} onClose={() => setEditing(undefined)} />}</Suspense>
    </Section>
  )
}

function RuleText({ rule }: { rule: LeftOut }) {
  const { t, bytes } = useWords()
  const { pattern, preset, ignoreFile, planName, largest } = rule
  const of = preset === undefined ? undefined : t(`presets.${preset}`)
  return (
    <div className={styles.what}>
      <Text fw={600} className="mono">
        {pattern}
      </Text>
      <Text size="sm">
        {ignoreFile === undefined
          ? of === undefined
            ? t('unprotectedPage.ofPlan', { plan: planName })
            : t('unprotectedPage.ofPreset', { plan: planName, preset: of })
          : t('unprotectedPage.ofFile', { file: ignoreFile })}
      </Text>
      <ul className={styles.places}>
        {largest.slice(0, 3).map((place) => (
          <li key={place.path}>
            {t('unprotectedPage.place', { path: place.path, size: bytes(place.bytes) })}
          </li>
        ))}
      </ul>
    </div>
  )
}
