import {
  type Icon,
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleX,
  IconHourglass,
  IconRefresh,
} from '@tabler/icons-react'
import type { VerdictTone } from './verdict.ts'

/** The icon of a verdict about synced folders. */
export const verdictIcons: Record<VerdictTone, Icon> = {
  ok: IconCircleCheck,
  work: IconRefresh,
  calm: IconHourglass,
  warn: IconAlertTriangle,
  bad: IconCircleX,
}
