import { Button, Group, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import type { Status } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { Facts } from '../../components/facts.tsx'
import { Section } from '../../components/section.tsx'
import { levelLook } from '../../components/states.ts'
import { ToneDisc } from '../../components/tone.tsx'
import { goTo } from '../../store/route.ts'
import { useAction } from '../../store/use-action.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { KitDialog } from '../recovery/kit-dialog.tsx'
import styles from './status-page.module.css'

type Problem = Status['problems'][number]

/** What needs a person, worst first: what happened, what is safe, what to do, and a button that does it. */
export function Problems({ problems }: { problems: readonly Problem[] }) {
  const { t } = useWords()
  const calm = problems.every(({ level }) => level === 'protected')
  return (
    <Section title={t(calm ? 'statusPage.goodToKnow' : 'statusPage.problems')} testId="problems">
      {problems.map((problem) => (
        <ProblemCard problem={problem} key={problem.id} />
      ))}
    </Section>
  )
}

const isOfSync = ({ id }: Problem): boolean => id.startsWith('mirror/') || id.startsWith('sync-')

function ProblemCard({ problem }: { problem: Problem }) {
  const { t, exists, sentence, error: say } = useWords()
  const places = useSlice('places') ?? {}
  const push = useAction('backup.push')
  const backUp = useAction('backup.start')
  const [makingKit, setMakingKit] = useState(false)
  const place = problem.placeId ? places[problem.placeId]?.name : undefined
  const text = problem.error && say(problem.error, place)
  const kind = problem.sentence.key.replace(/^status\./, '')
  const help = problem.sentence.key.startsWith('report.')
    ? problem.sentence.key.replace('report', 'reportTodo')
    : `statusHelp.${kind}`
  const failed = push.error ?? backUp.error

  return (
    <Card className={styles.problem} role="group" data-testid="problem">
      <ToneDisc {...levelLook[problem.level]} size={38} />
      <Stack gap={6} miw={0} flex={1}>
        <Text fw={640}>{sentence(problem.sentence)}</Text>
        {text ? (
          <Text size="sm">
            {text.what} {text.safe} {text.todo}
          </Text>
        ) : (
          exists(help) && <Text size="sm">{sentence({ ...problem.sentence, key: help })}</Text>
        )}
        <Group gap="xs" mt={4}>
          {problem.placeId && (
            <Button size="xs" variant="default" onClick={() => goTo('places', problem.placeId)}>
              {t('statusPage.fixPlace')}
            </Button>
          )}
          {problem.placeId && kind === 'behind' && (
            <Button size="xs" variant="default" loading={push.busy} onClick={() => push.act({})}>
              {t('statusPage.pushAgain')}
            </Button>
          )}
          {problem.id.startsWith('log-not-archived/') && (
            <Button size="xs" variant="default" onClick={() => goTo('databases')}>
              {t('healthPage.openDatabases')}
            </Button>
          )}
          {isOfSync(problem) && (
            <Button
              size="xs"
              variant="default"
              onClick={() => goTo('sync', problem.id.startsWith('mirror/') ? 'mirrors' : undefined)}
            >
              {t('statusPage.openSync')}
            </Button>
          )}
          {problem.id === 'api' && (
            <Button size="xs" variant="default" onClick={() => goTo('settings')}>
              {t('nav.settings')}
            </Button>
          )}
          {problem.backupId && (
            <Button size="xs" variant="default" onClick={() => goTo('backups', problem.backupId)}>
              {t('statusPage.showBackup')}
            </Button>
          )}
          {problem.planId && (
            <Button
              size="xs"
              variant="default"
              loading={backUp.busy}
              onClick={() => problem.planId && backUp.act({ plan: problem.planId })}
            >
              {t('statusPage.runAgain')}
            </Button>
          )}
          {kind === 'onePlace' && (
            <Button size="xs" variant="default" onClick={() => goTo('places', 'new')}>
              {t('statusPage.addSecondPlace')}
            </Button>
          )}
          {kind === 'kitMissing' && (
            <Button size="xs" variant="default" onClick={() => setMakingKit(true)}>
              {t('statusPage.makeKit')}
            </Button>
          )}
        </Group>
        <KitDialog opened={makingKit} onClose={() => setMakingKit(false)} />
        {text && <Facts facts={text.facts} />}
        {failed && <ErrorNote error={failed} place={place} />}
      </Stack>
    </Card>
  )
}
