import {
  type Icon,
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleX,
  IconHourglass,
  IconRefresh,
} from '@tabler/icons-react'
import type { Tone } from '../../components/tone.tsx'

/** The icon of a verdict about synced folders. */
export const verdictIcons: Record<Tone, Icon> = {
  ok: IconCircleCheck,
  work: IconRefresh,
  calm: IconHourglass,
  warn: IconAlertTriangle,
  bad: IconCircleX,
}
