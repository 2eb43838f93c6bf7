import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconHandStop,
  IconHourglass,
  IconPlayerPause,
  IconRefresh,
} from '@tabler/icons-react'
import type { Mirror } from '../../../main/contract/index.ts'
import type { Look } from '../../components/states.ts'

export const mirrorLook: Record<Mirror['state'], Look> = {
  new: { tone: 'calm', icon: IconCircleDashed },
  current: { tone: 'ok', icon: IconCircleCheck },
  running: { tone: 'work', icon: IconRefresh },
  incomplete: { tone: 'warn', icon: IconAlertTriangle },
  held: { tone: 'warn', icon: IconHandStop },
  waiting: { tone: 'calm', icon: IconHourglass },
  paused: { tone: 'calm', icon: IconPlayerPause },
  failed: { tone: 'bad', icon: IconCircleX },
}
