import { Button, Group, Stack, Text } from '@mantine/core'
import type { Finding, Incident } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { Section } from '../../components/section.tsx'
import { verdictLook } from '../../components/states.ts'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { ToneDisc } from '../../components/tone.tsx'
import { goTo } from '../../store/route.ts'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './health-page.module.css'

/** Kinds that a backup made now sets right, or tells more about. */
const RUNNABLE: readonly Finding['kind'][] = ['never', 'stale', 'run-failed']

/** What is wrong, worst first: what happened, what to do, and a button that does it. */
export function Findings({
  findings,
  incidents,
}: {
  findings: readonly Finding[]
  incidents: readonly Incident[]
}) {
  const { t } = useWords()
  return (
    <Section title={t('healthPage.findings')} testId="findings">
      <Stack gap="sm">
        {findings.map((finding) => (
          <FindingCard
            finding={finding}
            since={incidents.find((each) => !each.closedAt && each.finding.id === finding.id)?.openedAt}
            key={finding.id}
          />
        ))}
      </Stack>
    </Section>
  )
}

function FindingCard({ finding, since }: { finding: Finding; since: string | undefined }) {
  const { t, sentence } = useWords()
  const backUp = useAction('backup.start')
  const { kind, level, planId, placeId } = finding
  return (
    <Card className={styles.finding} role="group" data-testid="finding">
      <ToneDisc {...verdictLook[level]} size={38} />
      <Stack gap={6} miw={0} flex={1}>
        <Text fw={640}>{sentence(finding.sentence)}</Text>
        <Text size="sm">{sentence(finding.todo)}</Text>
        {since && (
          <Text size="sm" c="dimmed">
            {t('healthPage.since')} <RelativeTime at={since} />
          </Text>
        )}
        <Group gap="xs" mt={4}>
          {planId && RUNNABLE.includes(kind) && (
            <Button
              size="xs"
              variant="default"
              loading={backUp.busy}
              onClick={() => backUp.act({ plan: planId })}
            >
              {t('healthPage.runNow')}
            </Button>
          )}
          {planId && (
            <Button size="xs" variant="default" onClick={() => goTo('backups')}>
              {t('healthPage.openBackups')}
            </Button>
          )}
          {placeId && (
            <Button size="xs" variant="default" onClick={() => goTo('places', placeId)}>
              {t('healthPage.openPlace')}
            </Button>
          )}
          {kind === 'incomplete' && (
            <Button size="xs" variant="default" onClick={() => goTo('unprotected')}>
              {t('healthPage.openUnprotected')}
            </Button>
          )}
          {kind === 'budget' && (
            <Button size="xs" variant="default" onClick={() => goTo('storage')}>
              {t('healthPage.openStorage')}
            </Button>
          )}
          {kind === 'log-not-archived' && (
            <Button size="xs" variant="default" onClick={() => goTo('databases')}>
              {t('healthPage.openDatabases')}
            </Button>
          )}
          {kind === 'channel' && (
            <Button size="xs" variant="default" onClick={() => goTo('settings')}>
              {t('healthPage.openChannel')}
            </Button>
          )}
        </Group>
        {backUp.error && <ErrorNote error={backUp.error} />}
      </Stack>
    </Card>
  )
}
