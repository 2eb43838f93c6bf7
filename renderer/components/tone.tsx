import type { Icon } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import styles from './tone.module.css'

/** What a state means to a person. Colour never says it alone: every use has an icon and words. */
export type Tone = 'ok' | 'work' | 'calm' | 'warn' | 'bad'

/** A state in one word, with its icon. */
export function ToneBadge({
  tone,
  icon: StateIcon,
  children,
  title,
}: {
  tone: Tone
  icon: Icon
  children: ReactNode
  title?: string
}) {
  return (
    <span className={`${styles.badge} ${styles[tone]}`} title={title}>
      <StateIcon size={14} stroke={2.2} aria-hidden />
      {children}
    </span>
  )
}

/** A state as a round icon; the words stand beside it. */
export function ToneDisc({
  tone,
  icon: StateIcon,
  size = 40,
  turning = false,
}: {
  tone: Tone
  icon: Icon
  size?: number
  turning?: boolean
}) {
  return (
    <span
      className={`${styles.disc} ${styles[tone]} ${turning ? styles.turning : ''}`}
      style={{ width: size, height: size }}
      aria-hidden
    >
      <StateIcon size={Math.round(size * 0.54)} stroke={1.8} />
    </span>
  )
}
