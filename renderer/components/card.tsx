import { Box, type BoxProps } from '@mantine/core'
import type { ComponentProps } from 'react'
import styles from './card.module.css'

/** A calm surface for things that belong together. */
export function Card({ className, ...rest }: BoxProps & Omit<ComponentProps<'div'>, keyof BoxProps>) {
  return <Box {...rest} className={className ? `${styles.card} ${className}` : styles.card} />
}
