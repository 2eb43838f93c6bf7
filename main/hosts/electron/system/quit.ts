import type { ElectronApi, ShellClock, ShellLog } from '../ports.ts'

/** Who hangs longer on a disk or a server that does not answer is ended like by a power cut, which loses nothing either. */
const STOP_WITHIN_MS = 60_000

/** How the program ends. */
export interface Quitting {
  /** The person wants to quit; asks first where work runs. */
  request(): void
  /** The system wants it (log-out, shutdown, a signal): nobody is asked. */
  now(): void
  /** The end has been decided: windows may close. */
  readonly decided: boolean
}

/**
 * Between "quit" and the end lie one question, if work runs, and the orderly stop of the engine. Electron asks twice on its
 * way out: `before-quit`, which is held until the question is answered, and `will-quit`, which is held until all has stopped.
 */
export function createQuitting(options: {
  readonly app: Pick<ElectronApi['app'], 'on' | 'quit'>
  readonly log: ShellLog
  readonly clock: ShellClock
  readonly workRuns: () => boolean
  readonly ask: () => Promise<boolean>
  readonly stop: () => Promise<void>
  /** What ends the program once everything has stopped, where that is more than to quit. */
  readonly end?: () => void
}): Quitting {
  const { app, log } = options
  let decided = false
  let asking = false
  let engine: 'running' | 'stopping' | 'stopped' = 'running'

  async function ask(): Promise<void> {
    if (asking) return
    asking = true
    try {
      if (!(await options.ask())) return
      decided = true
      app.quit()
    } finally {
      asking = false
    }
  }

  app.on('before-quit', (event) => {
    if (decided || !options.workRuns()) {
      decided = true
      return
    }
    event.preventDefault()
    ask().catch((error: unknown) => log.error('the quit dialog failed', { reason: String(error) }))
  })

  app.on('will-quit', (event) => {
    if (engine === 'stopped') return
    event.preventDefault()
    if (engine === 'stopping') return
    engine = 'stopping'
    const stopWaiting = options.clock.every(STOP_WITHIN_MS, () => {
      log.error('the engine did not stop in time')
      end()
    })
    function end(): void {
      stopWaiting()
      if (engine === 'stopped') return
      engine = 'stopped'
      if (options.end) options.end()
      else app.quit()
    }
    options
      .stop()
      .catch((error: unknown) => log.error('the engine did not stop cleanly', { reason: String(error) }))
      .then(end)
  })

  return {
    request: () => app.quit(),
    now() {
      decided = true
      app.quit()
    },
    get decided() {
      return decided
    },
  }
}
