import { events } from '../../contract/index.ts'
import type { ElectronApi } from './ports.ts'
import type { Page } from './tray-view.ts'
import type { Words } from './words.ts'

/** Notices as the system shows them. */
export interface Notifier {
  /** Shows a notice of the app, unless it is one to stay quiet about. */
  notice(data: unknown): void
  /** Shows a text of the shell's own. */
  tell(title: string, body: string, page?: Page): void
  /** All is well again: what goes wrong from here on is a new incident. */
  endIncidents(): void
  close(): void
}

/**
 * Quiet on success, one notice an incident: the same sentence is not shown twice until all problems are gone. While a person
 * looks at the window, the page shows it, and the system stays quiet.
 */
export function createNotifier(options: {
  readonly electron: Pick<ElectronApi, 'Notification'>
  readonly words: () => Words
  readonly wanted: () => boolean
  readonly windowHasFocus: () => boolean
  readonly onClick: (page: Page) => void
}): Notifier {
  const told = new Set<string>()
  // A notification that is collected as garbage loses its click.
  const open = new Set<{ close(): void }>()

  function tell(title: string, body: string, page: Page = 'status'): void {
    if (!options.electron.Notification.isSupported()) return
    const notification = new options.electron.Notification({ title, body, silent: true })
    open.add(notification)
    notification.on('click', () => {
      open.delete(notification)
      options.onClick(page)
    })
    notification.on('close', () => open.delete(notification))
    notification.show()
  }

  return {
    tell,
    notice(data) {
      const parsed = events.notice.safeParse(data)
      if (!parsed.success) return
      const { level, sentence } = parsed.data
      if (level === 'success' || level === 'info') return
      const incident = JSON.stringify(sentence)
      if (told.has(incident)) return
      told.add(incident)
      if (!options.wanted() || options.windowHasFocus()) return
      tell('Everstow', options.words().sentence(sentence), 'problems')
    },
    endIncidents: () => told.clear(),
    close() {
      for (const notification of open) notification.close()
      open.clear()
    },
  }
}
