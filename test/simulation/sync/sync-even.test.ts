import { test } from 'vitest'
import { playSeeds } from './play-seeds.ts'

test(
  'the same of every second seed',
  {
    timeout: 3_600_000,
  },
  () => playSeeds(1),
)
