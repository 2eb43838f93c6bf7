import type { AppContext } from '../../../app/app-context.ts'
import type { ElectronApi } from '../ports.ts'

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

/** The computer goes off, or its person leaves: told while there is still a moment to end well. Windows tells its windows instead (`session-end`). */
export function onShutdown({ powerMonitor }: Pick<ElectronApi, 'powerMonitor'>, end: () => void): void {
  powerMonitor.on('shutdown', (event?: { preventDefault(): void }) => {
    // Asks the system for the time that it gives to programs that end.
    event?.preventDefault()
    end()
  })
}

/** Tells of the moments at which what waited may run: the computer woke, somebody came back to it, power came. */
export function onAwakening({ powerMonitor }: Pick<ElectronApi, 'powerMonitor'>, tell: () => void): void {
  powerMonitor.on('resume', tell)
  powerMonitor.on('unlock-screen', tell)
  powerMonitor.on('on-ac', tell)
}
