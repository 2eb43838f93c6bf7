// `node test/soak/long-run-alone.ts [--minutes 240] [--seed N]`: the long run by itself. Status 0 when nothing grew and everything went as promised.
import { parseArgs } from 'node:util'
import { runLong } from './long-run.ts'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '240' }, seed: { type: 'string' } },
})
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
console.log(`seed ${seed}`)
const { counts, problems } = await runLong({ minutes: Number(values.minutes), seed })
for (const [what, count] of Object.entries(counts)) console.log(`${what} ${count}`)
console.log(`${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1
