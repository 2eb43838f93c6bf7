import { Checkbox, Group, Stack, TextInput } from '@mantine/core'
import type { Plan } from '../../../main/contract/index.ts'
import { useWords } from '../../words/use-words.ts'

type Condition = NonNullable<Plan['waitFor']>[number]

const CONDITIONS: readonly Condition[] = ['mains', 'unmetered', 'online']
const USUAL_HOURS = '22:00-07:00'

/** What holds a plan's schedule back: power, network, hours of the night. */
export function PlanConditions({
  waitFor,
  quietHours,
  onWaitFor,
  onQuietHours,
}: {
  waitFor: readonly Condition[]
  quietHours: string | undefined
  onWaitFor: (conditions: Condition[]) => void
  onQuietHours: (hours: string | undefined) => void
}) {
  const { t } = useWords()
  const [from = '', to = ''] = (quietHours ?? '').split('-')
  return (
    <Stack gap="xs">
      <Checkbox.Group
        label={t('plans.waitFor')}
        description={t('plans.waitForHint')}
        value={[...waitFor]}
        onChange={(chosen) => onWaitFor(CONDITIONS.filter((condition) => chosen.includes(condition)))}
      >
        <Stack gap="xs" mt="xs">
          {CONDITIONS.map((condition) => (
            <Checkbox key={condition} value={condition} label={t(`plans.only.${condition}`)} />
          ))}
        </Stack>
      </Checkbox.Group>
      <Group gap="sm" align="center" mih={30}>
        <Checkbox
          label={t('plans.quiet')}
          checked={quietHours !== undefined}
          onChange={(event) => onQuietHours(event.currentTarget.checked ? USUAL_HOURS : undefined)}
        />
        {quietHours !== undefined && (
          <>
            <TextInput
              type="time"
              size="xs"
              aria-label={t('plans.quietFrom')}
              value={from.padStart(5, '0')}
              onChange={(event) => onQuietHours(`${event.currentTarget.value || '22:00'}-${to}`)}
            />
            {'–'}
            <TextInput
              type="time"
              size="xs"
              aria-label={t('plans.quietTo')}
              value={to.padStart(5, '0')}
              onChange={(event) => onQuietHours(`${from}-${event.currentTarget.value || '07:00'}`)}
            />
          </>
        )}
      </Group>
    </Stack>
  )
}
