import { test } from 'vitest'
import { playSeeds } from './play-seeds.ts'

test(
  'whatever people, crashes, disks and stores do, all folders end equal and nothing anybody wrote is lost',
  {
    timeout: 3_600_000,
  },
  () => playSeeds(0),
)
