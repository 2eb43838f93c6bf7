import { Checkbox, Group, Stack, TextInput } from '@mantine/core'
import type { PlanCondition } from '../../main/contract/index.ts'
import { useWords } from '../words/use-words.ts'

const USUAL_HOURS = '22:00-07:00'

/** What holds a plan's schedule, or the copies of a place, back: power, network, hours of the night. */
export function HoldBack<Condition extends PlanCondition>({
  label,
  hint,
  offered,
  waitFor,
  quietHours,
  onWaitFor,
  onQuietHours,
}: {
  label: string
  hint: string
  offered: readonly Condition[]
  waitFor: readonly Condition[]
  quietHours: string | undefined
  onWaitFor: (conditions: Condition[]) => void
  onQuietHours: (hours: string | undefined) => void
}) {
  const { t } = useWords()
  const labelOf = (condition: PlanCondition): string => t(`plans.only.${condition}`)
  const [from = '', to = ''] = (quietHours ?? '').split('-')
  return (
    <Stack gap="xs">
      <Checkbox.Group
        label={label}
        description={hint}
        value={[...waitFor]}
        onChange={(chosen) => onWaitFor(offered.filter((condition) => chosen.includes(condition)))}
      >
        <Stack gap="xs" mt="xs">
          {offered.map((condition) => (
            <Checkbox key={condition} value={condition} label={labelOf(condition)} />
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
