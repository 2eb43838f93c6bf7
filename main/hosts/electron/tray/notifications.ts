import { type EventData, events, type Run } from '../../../contract/index.ts'
import type { ElectronApi } from '../ports.ts'
import type { Words } from '../words.ts'
import type { Page, TrayAction } from './tray-view.ts'

/** Notices as the system shows them. */
export interface Notifier {
  /** Shows a notice of the app, unless it is one to stay quiet about. */
  notice(data: unknown): void
  /** Shows a text of the shell's own; false where the system shows none. */
  tell(title: string, body: string, page?: Page): boolean
  /** All is well again: what goes wrong from here on is a new incident. */
  endIncidents(): void
  close(): void
}

/** A button of a notification. */
interface Offer {
  readonly label: string
  readonly action: TrayAction
}

/** News that nobody would see otherwise: the window may not be opened for weeks. */
const TOLD_NEWS = new Set(['notices.updateAvailable', 'notices.updateReady'])
/** Where a click leads; everything else is among the problems. */
const PAGES: Readonly<Record<string, Page>> = {
  'notices.syncConflicts': 'conflicts',
  'notices.mirrorWaits': 'sync',
  'notices.cleanupWaits': 'backups',
  'notices.updateAvailable': 'settings',
  'notices.updateReady': 'settings',
}

/**
 * Quiet on success, one notice an incident: the same sentence is not shown twice until all problems are gone. While a person
 * looks at the window, the page shows it, and the system stays quiet. Where a system shows no buttons, a click does what the first
 * page button would.
 */
export function createNotifier(options: {
  readonly electron: Pick<ElectronApi, 'Notification'>
  readonly words: () => Words
  readonly wanted: () => boolean
  readonly windowHasFocus: () => boolean
  readonly runs: () => readonly Run[]
  readonly onAction: (action: TrayAction) => void
}): Notifier {
  const told = new Set<string>()
  // A notification that is collected as garbage loses its click.
  const open = new Set<{ close(): void }>()

  function show(title: string, body: string, page: Page, offers: readonly Offer[]): boolean {
    if (!options.electron.Notification.isSupported()) return false
    const notification = new options.electron.Notification({
      title,
      body,
      silent: true,
      actions: offers.map(({ label }) => ({ type: 'button', text: label })),
    })
    open.add(notification)
    notification.on('click', () => {
      open.delete(notification)
      options.onAction({ do: 'show', page })
    })
    notification.on('action', ({ actionIndex }) => {
      open.delete(notification)
      const offer = offers[actionIndex]
      if (offer) options.onAction(offer.action)
    })
    notification.on('close', () => open.delete(notification))
    notification.show()
    return true
  }

  function offersOf({ sentence, runId }: EventData<'notice'>, page: Page): readonly Offer[] {
    const { text } = options.words()
    const label = page === 'conflicts' ? 'tray.actions.decide' : 'tray.actions.show'
    const look: Offer = { label: text(label), action: { do: 'show', page } }
    const planId = options.runs().find(({ id }) => id === runId)?.planId
    if (sentence.key !== 'notices.backupFailed' || planId === undefined) return [look]
    return [{ label: text('tray.actions.again'), action: { do: 'back-up', planId } }, look]
  }

  return {
    tell: (title, body, page = 'status') => show(title, body, page, []),
    notice(data) {
      const parsed = events.notice.safeParse(data)
      if (!parsed.success) return
      const { level, sentence } = parsed.data
      if ((level === 'success' || level === 'info') && !TOLD_NEWS.has(sentence.key)) return
      const incident = JSON.stringify(sentence)
      if (told.has(incident)) return
      told.add(incident)
      if (!options.wanted() || options.windowHasFocus()) return
      const page = PAGES[sentence.key] ?? 'problems'
      show('Everstow', options.words().sentence(sentence), page, offersOf(parsed.data, page))
    },
    endIncidents: () => told.clear(),
    close() {
      for (const notification of open) notification.close()
      open.clear()
    },
  }
}
