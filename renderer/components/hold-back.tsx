import { Checkbox, Group, Input, Stack, TextInput } from '@mantine/core'
import type { AwaitedCondition, PlanCondition } from '../../main/contract/index.ts'
import { useWords } from '../words/use-words.ts'

const USUAL_HOURS = '22:00-07:00'

/** What holds a plan's schedule, or the copies of a place, back: power, network, hours of the night. */
export function HoldBack<Condition extends PlanCondition>({
  label,
  hint,
  offered,
  waitFor,
  quietHours,
  states = [],
  isQuietWrong = false,
  onWaitFor,
  onQuietHours,
}: {
  label: string
  hint: string
  offered: readonly Condition[]
  waitFor: readonly Condition[]
  quietHours: string | undefined
  /** Whether what is waited for holds now, where that is known. */
  states?: readonly AwaitedCondition[] | undefined
  isQuietWrong?: boolean
  onWaitFor: (conditions: Condition[]) => void
  onQuietHours: (hours: string | undefined) => void
}) {
  const { t } = useWords()
  const labelOf = (condition: PlanCondition): string => t(`plans.only.${condition}`)
  const stateOf = (condition: PlanCondition): string | undefined => {
    const known = waitFor.some((each) => each === condition)
      ? states.find((each) => each.condition === condition)
      : undefined
    return known && t(`plans.now.${known.state}`)
  }
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
            <Checkbox
              key={condition}
              value={condition}
              label={labelOf(condition)}
              description={stateOf(condition)}
            />
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
      {isQuietWrong && <Input.Error role="alert">{t('plans.quietWrong')}</Input.Error>}
    </Stack>
  )
}
