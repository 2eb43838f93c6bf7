import type { AppContext } from '../../app/app-context.ts'
import type { ElectronApi } from './ports.ts'

type LookAround = AppContext['lookAround']

/**
 * What Electron knows of power and network, and the engine of the rest. On Linux Electron knows nothing of batteries (it would always say mains), and the engine
 * asks the kernel. Only once Electron is ready.
 */
export function surroundingsOf(
  { powerMonitor, net }: Pick<ElectronApi, 'powerMonitor' | 'net'>,
  platform: NodeJS.Platform,
  engineLooks: LookAround,
): LookAround {
  return async () => {
    const online = net.isOnline()
    if (platform === 'linux') return { ...(await engineLooks()), online }
    return { mains: !powerMonitor.isOnBatteryPower(), online }
  }
}

/** Tells of the moments at which what waited may run: the computer woke, somebody came back to it, power came. */
export function onAwakening({ powerMonitor }: Pick<ElectronApi, 'powerMonitor'>, tell: () => void): void {
  powerMonitor.on('resume', tell)
  powerMonitor.on('unlock-screen', tell)
  powerMonitor.on('on-ac', tell)
}
