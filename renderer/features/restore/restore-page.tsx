import { Button, Group, Stepper } from '@mantine/core'
import { IconArrowLeft, IconArrowRight } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { Card } from '../../components/card.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { useAnswer } from '../../store/use-answer.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { CheckStep } from './check-step.tsx'
import { NothingToRestore } from './nothing-to-restore.tsx'
import { emptyOrder, type RestoreOrder, restoreInputOf } from './restore-order.ts'
import { RunStep } from './run-step.tsx'
import { WhatStep } from './what-step.tsx'
import { WhereStep } from './where-step.tsx'

const steps = ['what', 'where', 'check', 'restore'] as const

/** Four steps: what, where, check, restore. `backupId`: the backup someone came from. */
export function RestorePage({ backupId }: { backupId: string | undefined }) {
  const { t } = useWords()
  const recent = useSlice('recent')
  const [step, setStep] = useState(0)
  const [order, setOrder] = useState<RestoreOrder>(emptyOrder)
  const [runId, setRunId] = useState<string>()
  const asked = useAnswer('backup.get', backupId ? { id: backupId } : null)
  const change = (part: Partial<RestoreOrder>): void => setOrder((now) => ({ ...now, ...part }))

  const wanted = asked.data
  useEffect(() => {
    if (wanted) setOrder({ ...emptyOrder, backup: wanted })
  }, [wanted])

  if (!recent) return null
  const header = <PageHeader title={t('restore.title')} subtitle={t('restore.subtitle')} />
  if (recent.total === 0) {
    return (
      <>
        {header}
        <NothingToRestore />
      </>
    )
  }

  const chosen = order.backup && (order.scope === 'everything' || order.paths.length > 0)
  const canGoOn = step === 0 ? chosen : step === 1 ? restoreInputOf(order) !== undefined : false
  const restart = (): void => {
    setOrder(emptyOrder)
    setRunId(undefined)
    setStep(0)
  }

  return (
    <>
      {header}
      <Stepper
        active={step}
        size="sm"
        mb="lg"
        aria-label={t('restore.steps.label')}
        onStepClick={(to) => runId === undefined && to < step && setStep(to)}
      >
        {steps.map((name, index) => (
          <Stepper.Step
            key={name}
            label={t(`restore.steps.${name}`)}
            allowStepSelect={runId === undefined && index < step}
          />
        ))}
      </Stepper>
      <Card>
        {step === 0 && <WhatStep order={order} onChange={change} />}
        {step === 1 && <WhereStep order={order} onChange={change} />}
        {step === 2 && (
          <CheckStep
            order={order}
            onStarted={(id) => {
              setRunId(id)
              setStep(3)
            }}
          />
        )}
        {step === 3 && runId && <RunStep runId={runId} into={order.into} onAgain={restart} />}
      </Card>
      {step < 3 && (
        <Group justify="space-between" mt="md">
          <Button
            variant="default"
            disabled={step === 0}
            leftSection={<IconArrowLeft size={16} aria-hidden />}
            onClick={() => setStep(step - 1)}
          >
            {t('common.back')}
          </Button>
          {step < 2 && (
            <Button
              disabled={!canGoOn}
              rightSection={<IconArrowRight size={16} aria-hidden />}
              onClick={() => setStep(step + 1)}
            >
              {t('common.next')}
            </Button>
          )}
        </Group>
      )}
    </>
  )
}
