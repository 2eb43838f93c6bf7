import { Button, Stepper } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { Card } from '../../components/card.tsx'
import type { BackupFormat } from '../../components/forms/format-choice.tsx'
import { Logo } from '../../components/logo.tsx'
import { useDropped } from '../../store/dropped.ts'
import { goTo } from '../../store/route.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './first-run.module.css'
import { RestoreExisting } from './restore-existing.tsx'
import { StartedStep } from './started-step.tsx'
import { Welcome } from './welcome.tsx'
import { type SourceChoice, WhatStep } from './what-step.tsx'
import { WhereStep } from './where-step.tsx'

type Stage = 'welcome' | 'what' | 'where' | 'started' | 'restore'

const steps = ['what', 'where', 'start'] as const
const stepOf: Partial<Record<Stage, number>> = { what: 0, where: 1, started: 2 }

/** From nothing to a running backup in three answers, or to the backups that a place already holds. */
export default function FirstRun({ onLeave }: { onLeave: () => void }) {
  const { t } = useWords()
  const [stage, setStage] = useState<Stage>('welcome')
  const [choice, setChoice] = useState<SourceChoice>()
  const [begun, setBegun] = useState<{ readonly runId: string; readonly format: BackupFormat }>()
  const active = stepOf[stage]
  const hasDropped = useDropped().length > 0
  useEffect(() => {
    if (hasDropped) setStage((now) => (now === 'welcome' || now === 'where' ? 'what' : now))
  }, [hasDropped])
  const back = stage === 'what' || stage === 'restore' ? 'welcome' : stage === 'where' ? 'what' : undefined

  const leaveTo = (page: 'status' | 'restore'): void => {
    goTo(page)
    onLeave()
  }

  return (
    <main className={styles.stage} data-testid="first-run" data-stage={stage}>
      <div className={stage === 'welcome' ? styles.welcome : styles.work}>
        {stage !== 'welcome' && (
          <div className={styles.brand}>
            <Logo size={30} /> Everstow
          </div>
        )}
        {active !== undefined && (
          <Stepper
            active={active}
            size="sm"
            mb="lg"
            aria-label={t('firstRun.steps.label')}
            onStepClick={(to) => setStage(to === 0 ? 'what' : 'where')}
          >
            {steps.map((name, index) => (
              <Stepper.Step
                key={name}
                label={t(`firstRun.steps.${name}`)}
                allowStepSelect={index < active && stage !== 'started'}
              />
            ))}
          </Stepper>
        )}
        {stage === 'welcome' && (
          <Welcome
            onCreate={() => setStage('what')}
            onRestore={() => setStage('restore')}
            onLater={() => leaveTo('status')}
          />
        )}
        {stage !== 'welcome' && (
          <Card className={styles.card}>
            {stage === 'what' && (
              <WhatStep
                before={choice}
                onNext={(next) => {
                  setChoice(next)
                  setStage('where')
                }}
              />
            )}
            {stage === 'where' && choice && (
              <WhereStep
                choice={choice}
                onStarted={(runId, format) => {
                  setBegun({ runId, format })
                  setStage('started')
                }}
              />
            )}
            {stage === 'started' && begun && <StartedStep {...begun} onOpen={() => leaveTo('status')} />}
            {stage === 'restore' && <RestoreExisting onFound={() => leaveTo('restore')} />}
          </Card>
        )}
        {back && (
          <Button
            variant="subtle"
            mt="md"
            leftSection={<IconArrowLeft size={16} aria-hidden />}
            onClick={() => setStage(back)}
          >
            {t('common.back')}
          </Button>
        )}
      </div>
    </main>
  )
}
