import { Anchor, Button, Group, Loader, Select, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { Card } from '../../components/card.tsx'
import { EmptyNote } from '../../components/empty-note.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { DayRange } from '../../components/forms/day-range.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { addressOf } from '../../store/route.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { ActRow } from './act-row.tsx'
import styles from './activity.module.css'
import { type ActivityFilter, activityFilters, actsOf, isOfKey, passes } from './acts.ts'
import { CheckLog } from './check-log.tsx'

/** Acts that are shown at once, and entries that are asked for at once: an act has up to two of them. */
const SHOWN = 50
const ASKED = 500
const MOST = 10_000

/** Who did what, newest first, in sentences; and whether anybody changed the log of it. `keyId`: only what was done with this API key. */
export default function ActivityPage({ keyId }: { keyId: string | undefined }) {
  const { t } = useWords()
  const [filter, setFilter] = useState<ActivityFilter>('all')
  const [from, setFrom] = useState('')
  const [to, setTo] = useState('')
  const [asked, setAsked] = useState(ASKED)
  const [shown, setShown] = useState(SHOWN)
  const ended = Object.values(useSlice('runs') ?? {}).filter(({ state }) => state !== 'running').length
  const days = { ...(from === '' ? {} : { from }), ...(to === '' ? {} : { to }) }
  const { data, error } = useAnswer('audit.list', { limit: asked, ...days }, ended)
  const acts = data && actsOf(data.entries).filter((act) => passes(act, filter) && isOfKey(act, keyId))
  const isMoreStored = data !== undefined && data.entries.length >= asked && asked < MOST
  const isMore = acts !== undefined && (acts.length > shown || isMoreStored)

  const showMore = (): void => {
    if (acts && acts.length < shown + SHOWN && isMoreStored) setAsked(Math.min(MOST, asked + ASKED))
    setShown(shown + SHOWN)
  }

  return (
    <>
      <PageHeader title={t('activity.title')} subtitle={t('activity.subtitle')} />
      <Stack gap="lg">
        <CheckLog />
        <Group align="flex-end" gap="sm">
          <Select
            w={290}
            label={t('activity.show')}
            allowDeselect={false}
            data={activityFilters.map((value) => ({ value, label: t(`activity.filter.${value}`) }))}
            value={filter}
            onChange={(value) => {
              if (value) setFilter(value as ActivityFilter)
              setShown(SHOWN)
            }}
          />
          <DayRange from={from} to={to} onFrom={setFrom} onTo={setTo} />
        </Group>
        {keyId !== undefined && (
          <Text size="sm">
            {t('activity.onlyKey', { id: keyId })}{' '}
            <Anchor size="sm" underline="always" href={addressOf('activity')}>
              {t('activity.everybody')}
            </Anchor>
          </Text>
        )}
        {error && <ErrorNote error={error} />}
        {!acts && !error && <Loader aria-label={t('common.loading')} />}
        {acts && (
          <Card>
            {acts.length === 0 ? (
              <EmptyNote picture="calm" text={t('activity.empty')} />
            ) : (
              <>
                <ol className={styles.acts} data-testid="acts">
                  {acts.slice(0, shown).map((act) => (
                    <ActRow act={act} key={act.number} />
                  ))}
                </ol>
                {isMore && (
                  <Button variant="default" mt="md" onClick={showMore}>
                    {t('common.showMore')}
                  </Button>
                )}
              </>
            )}
            {isMore && (
              <Text size="sm" c="dimmed" mt="xs">
                {t('activity.shown', { count: Math.min(shown, acts.length) })}
              </Text>
            )}
          </Card>
        )}
      </Stack>
    </>
  )
}
