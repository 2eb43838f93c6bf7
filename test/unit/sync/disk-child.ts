import { openTestDevice, pause } from './disk-ground.ts'

/** A device in a process of its own, until it is killed. */
const [ground = '', name = ''] = process.argv.slice(2)
const device = await openTestDevice({ ground, name })
process.stdout.write('open\n')
while (true) {
  await device.cycle()
  await pause(1)
}
