import { playMutants } from '../seeded-mutants/play.ts'
import { SWEEP_MUTANTS } from './mutants.ts'

await playMutants({
  mutants: SWEEP_MUTANTS,
  parts: [
    ...['sync', 'env', 'model', 'repository', 'storage'].map((part) => `main/engine/${part}`),
    'main/engine/sources/files/thread-failure.ts',
    'test/simulation/sweep',
  ],
  edited: 'main/engine/sync/space',
  history: 'test/simulation/sweep/run-history.ts',
  mostSeeds: 300,
})
