import { Button, Group, Stack, Stepper } from '@mantine/core'
import { IconArrowLeft, IconArrowRight } from '@tabler/icons-react'
import { lazy, Suspense, useEffect, useState } from 'react'
import { Card } from '../../components/card.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { useAnswer } from '../../store/use-answer.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { CheckStep } from './check-step.tsx'
import { NothingToRestore } from './nothing-to-restore.tsx'
import { RecordedRestores } from './recorded-restores.tsx'
import {
  cameFrom,
  emptyOrder,
  partsOf,
  type RestoreOrder,
  restoreInputOf,
  startWith,
} from './restore-order.ts'
import { RunStep } from './run-step.tsx'
import { WhatStep } from './what-step.tsx'
import { WhereStep } from './where-step.tsx'

// Comparing versions is for who wants to look closer.
const BasketStep = lazy(() => import('./basket-step.tsx'))

const steps = ['what', 'basket', 'where', 'check'] as const

/** Four steps: what, the basket with its versions, where, the check; then the restore itself. `of`: the backup someone came from, or a file in it. */
export default function RestorePage({ of }: { of: string | undefined }) {
  const { backupId, path } = cameFrom(of)
  const { t } = useWords()
  const recent = useSlice('recent')
  const [step, setStep] = useState(0)
  const [order, setOrder] = useState<RestoreOrder>(emptyOrder)
  const [runId, setRunId] = useState<string>()
  const asked = useAnswer('backup.get', backupId ? { id: backupId } : null)
  const change = (part: Partial<RestoreOrder>): void => setOrder((now) => ({ ...now, ...part }))
  const [first, ...others] = partsOf(order.items)
  const suggestion = useAnswer(
    'restore.suggestTarget',
    first && step > 0
      ? {
          backupId: first.backup.id,
          more: others.map(({ backup }) => backup.id),
          ...(order.target === 'file' ? { pack: order.pack } : {}),
        }
      : null,
  )

  const wanted = asked.data
  useEffect(() => {
    if (wanted) setOrder({ ...emptyOrder, ...startWith(wanted, path) })
  }, [wanted, path])

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

  const canGoOn = step === 2 ? restoreInputOf(order) !== undefined : order.items.length > 0
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
      <Stack gap="xl">
        <div>
          <Card>
            {step === 0 && <WhatStep order={order} onChange={change} />}
            {step === 1 && (
              <Suspense fallback={null}>
                <BasketStep order={order} onChange={change} suggested={suggestion.data?.path} />
              </Suspense>
            )}
            {step === 2 && <WhereStep order={order} onChange={change} suggestion={suggestion} />}
            {step === 3 && runId === undefined && (
              <CheckStep order={order} onChange={change} onStarted={setRunId} />
            )}
            {runId !== undefined && <RunStep runId={runId} into={order.into} onAgain={restart} />}
          </Card>
          {runId === undefined && (
            <Group justify="space-between" mt="md">
              <Button
                variant="default"
                disabled={step === 0}
                leftSection={<IconArrowLeft size={16} aria-hidden />}
                onClick={() => setStep(step - 1)}
              >
                {t('common.back')}
              </Button>
              {step < 3 && (
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
        </div>
        {step === 0 && <RecordedRestores />}
      </Stack>
    </>
  )
}
