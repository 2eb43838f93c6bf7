import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Surroundings } from '../../model/schedule/conditions.ts'

const run = promisify(execFile)
const PATIENCE_MS = 3_000
const POWER_SUPPLIES = '/sys/class/power_supply'
/** NetworkManager's NMMetered: 1 yes, 2 no, 3 probably, 4 probably not; 0 is unknown. */
const METERED: Readonly<Record<string, boolean>> = { 1: true, 2: false, 3: true, 4: false }

/** What this computer says of its surroundings. What cannot be found out is left out; it never fails. */
export async function lookAround(): Promise<Surroundings> {
  const [mains, metered] = await Promise.all([mainsHere(), meteredHere()])
  const online = Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ internal }) => !internal),
  )
  return { online, ...(mains === undefined ? {} : { mains }), ...(metered === undefined ? {} : { metered }) }
}

async function mainsHere(): Promise<boolean | undefined> {
  if (process.platform === 'linux') return mainsOf(POWER_SUPPLIES)
  if (process.platform !== 'darwin') return undefined
  const said = await saidBy('pmset', ['-g', 'batt'])
  return said === undefined ? undefined : !said.includes("'Battery Power'")
}

/** What the kernel of Linux says of power supplies (Documentation/ABI/testing/sysfs-class-power): a computer without a battery is on the mains. */
export async function mainsOf(folder: string): Promise<boolean | undefined> {
  const names = await readdir(folder).catch(() => undefined)
  if (!names) return undefined
  const read = async (name: string, fact: string): Promise<string> =>
    (await readFile(join(folder, name, fact), 'utf8').catch(() => '')).trim()
  let discharging = 0
  for (const name of names) {
    const type = await read(name, 'type')
    if (type === 'Mains' && (await read(name, 'online')) === '1') return true
    // Those of mice and headsets say nothing of the computer.
    if (type !== 'Battery' || (await read(name, 'scope')) === 'Device') continue
    if ((await read(name, 'status')) === 'Discharging') discharging++
  }
  return discharging === 0
}

async function meteredHere(): Promise<boolean | undefined> {
  if (process.platform !== 'linux') return undefined
  const manager = 'org.freedesktop.NetworkManager'
  const said = await saidBy('busctl', [
    'get-property',
    manager,
    '/org/freedesktop/NetworkManager',
    manager,
    'Metered',
  ])
  return METERED[/^u (\d)/.exec(said ?? '')?.[1] ?? '']
}

/** Undefined where there is no such program, or it fails. */
async function saidBy(program: string, words: readonly string[]): Promise<string | undefined> {
  try {
    return (await run(program, [...words], { timeout: PATIENCE_MS })).stdout
  } catch {
    return undefined
  }
}
