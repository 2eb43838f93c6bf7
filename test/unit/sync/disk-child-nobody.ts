import { comeToRest, openTestDevice } from './disk-ground.ts'

/** A device of somebody who may not look everywhere: comes to rest and says what it could not do. */
const [ground = '', name = ''] = process.argv.slice(2)
const device = await openTestDevice({ ground, name })
await comeToRest([device])
const { problems } = await device.cycle()
process.stdout.write(JSON.stringify([...problems.values()].map((error) => (error as { code?: string }).code)))
device.base.close()
