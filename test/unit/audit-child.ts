// Appends entries until it is done or killed, and says the number of each once it was told that it is there.
import { ENTRY, layAuditGround } from './audit-ground.ts'

const [home = '', name = '', count = '0'] = process.argv.slice(2)
const { log } = await layAuditGround(home)
for (let done = 0; done < Number(count); done++) {
  const number = await log.append({
    ...ENTRY,
    actor: { kind: 'system', name },
    targets: { at: String(done) },
  })
  process.stdout.write(`${number}\n`)
}
await log.close()
