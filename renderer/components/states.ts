import {
  type Icon,
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconClock,
  IconHourglass,
  IconPlayerPause,
  IconRefresh,
  IconShieldCheck,
  IconSparkles,
} from '@tabler/icons-react'
import type { Backup, Channel, CopyState, Place, Run, Status, Verdict } from '../../main/contract/index.ts'
import type { Tone } from './tone.tsx'

/** How a state looks: a tone and an icon of its own shape, so that nobody needs the colour. */
export interface Look {
  readonly tone: Tone
  readonly icon: Icon
}

export const levelLook: Record<Status['level'], Look> = {
  empty: { tone: 'calm', icon: IconSparkles },
  protected: { tone: 'ok', icon: IconShieldCheck },
  working: { tone: 'work', icon: IconRefresh },
  paused: { tone: 'calm', icon: IconPlayerPause },
  waiting: { tone: 'calm', icon: IconHourglass },
  attention: { tone: 'warn', icon: IconAlertTriangle },
  failed: { tone: 'bad', icon: IconCircleX },
}

export const copyLook: Record<CopyState, Look> = {
  pending: { tone: 'calm', icon: IconClock },
  syncing: { tone: 'work', icon: IconRefresh },
  synced: { tone: 'ok', icon: IconCircleCheck },
  waiting: { tone: 'calm', icon: IconHourglass },
  failed: { tone: 'bad', icon: IconCircleX },
  damaged: { tone: 'bad', icon: IconAlertTriangle },
  missing: { tone: 'bad', icon: IconCircleDashed },
}

export const backupLook: Record<Backup['state'], Look> = {
  creating: { tone: 'work', icon: IconRefresh },
  complete: { tone: 'ok', icon: IconCircleCheck },
  incomplete: { tone: 'warn', icon: IconAlertTriangle },
  failed: { tone: 'bad', icon: IconCircleX },
  interrupted: { tone: 'warn', icon: IconCircleDashed },
}

export const healthLook: Record<Place['health']['state'], Look> = {
  unknown: { tone: 'calm', icon: IconCircleDashed },
  ok: { tone: 'ok', icon: IconCircleCheck },
  waiting: { tone: 'calm', icon: IconHourglass },
  failed: { tone: 'bad', icon: IconCircleX },
}

export const runLook: Record<Run['state'], Look> = {
  running: { tone: 'work', icon: IconRefresh },
  done: { tone: 'ok', icon: IconCircleCheck },
  incomplete: { tone: 'warn', icon: IconAlertTriangle },
  failed: { tone: 'bad', icon: IconCircleX },
  cancelled: { tone: 'calm', icon: IconPlayerPause },
}

export const verdictLook: Record<Verdict, Look> = {
  healthy: { tone: 'ok', icon: IconShieldCheck },
  attention: { tone: 'warn', icon: IconAlertTriangle },
  failing: { tone: 'bad', icon: IconCircleX },
}

export const channelLook: Record<Channel['state'], Look> = {
  unused: { tone: 'calm', icon: IconCircleDashed },
  ok: { tone: 'ok', icon: IconCircleCheck },
  failing: { tone: 'bad', icon: IconCircleX },
}

/** The look of a backup's copies taken together: the worst of them wins, work before waiting. */
export function copiesLook(copies: readonly { readonly state: CopyState }[]): Look {
  const order: CopyState[] = ['damaged', 'missing', 'failed', 'syncing', 'waiting', 'pending', 'synced']
  const worst = order.find((state) => copies.some((copy) => copy.state === state))
  return copyLook[worst ?? 'pending']
}
