import { Loader, Tooltip } from '@mantine/core'
import {
  type Icon,
  IconArchive,
  IconChartTreemap,
  IconDatabase,
  IconHeartbeat,
  IconHistory,
  IconHome,
  IconListSearch,
  IconMapPin,
  IconRefresh,
  IconSettings,
  IconUmbrellaOff,
} from '@tabler/icons-react'
import { lazy, Suspense, useCallback } from 'react'
import { Logo } from '../../components/logo.tsx'
import { levelLook } from '../../components/states.ts'
import { ToneDisc } from '../../components/tone.tsx'
import { addressOf, goTo, type Page, pages, useRoute } from '../../store/route.ts'
import { useEngineEvent, useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { BackupsPage } from '../backups/backups-page.tsx'
import { StatusPage } from '../status/status-page.tsx'
import { waitingForPerson } from '../sync/verdict.ts'
import styles from './frame.module.css'
import { TerminalButton } from './terminal-button.tsx'

// What is not looked at first comes when somebody looks at it.
const RestorePage = lazy(() => import('../restore/restore-page.tsx'))
const ExplorePage = lazy(() => import('../explore/explore-page.tsx'))
const PlacesPage = lazy(() => import('../places/places-page.tsx'))
const SyncPage = lazy(() => import('../sync/sync-page.tsx'))
const DatabasesPage = lazy(() => import('../databases/databases-page.tsx'))
const HealthPage = lazy(() => import('../health/health-page.tsx'))
const StoragePage = lazy(() => import('../storage/storage-page.tsx'))
const UnprotectedPage = lazy(() => import('../unprotected/unprotected-page.tsx'))
const SettingsPage = lazy(() => import('../settings/settings-page.tsx'))
const ActivityPage = lazy(() => import('../activity/activity-page.tsx'))

/** Pages of the navigation; the activity opens from health. */
const icons: Record<Exclude<Page, 'activity'>, Icon> = {
  status: IconHome,
  backups: IconArchive,
  sync: IconRefresh,
  databases: IconDatabase,
  restore: IconHistory,
  explore: IconListSearch,
  places: IconMapPin,
  storage: IconChartTreemap,
  unprotected: IconUmbrellaOff,
  health: IconHeartbeat,
  settings: IconSettings,
}

/** Navigation on the left, the page on the right. */
export function Frame() {
  const { t } = useWords()
  const route = useRoute()
  const current = route.page === 'activity' ? 'health' : route.page
  useEngineEvent(
    'navigate',
    useCallback(({ page }) => {
      if (page === 'conflicts') goTo('sync', 'conflicts')
      else goTo(page === 'problems' ? 'status' : page)
    }, []),
  )

  return (
    <div className={styles.frame}>
      <button type="button" className={styles.skip} onClick={skipToContent}>
        {t('nav.skip')}
      </button>
      <nav className={styles.nav} aria-label={t('nav.main')}>
        <div className={styles.brand}>
          <Logo size={30} />
          <span className={styles.label}>Everstow</span>
        </div>
        <ul>
          {pages
            .filter((page) => page !== 'activity')
            .map((page) => (
              <li key={page}>
                <NavItem page={page} current={current === page} />
              </li>
            ))}
        </ul>
        <TerminalButton />
        <StateLine />
      </nav>
      <main id="content" className={styles.main} tabIndex={-1}>
        <div className={styles.page} key={route.page}>
          <Suspense fallback={<Loader m="xl" aria-label={t('common.loading')} />}>
            <CurrentPage page={route.page} of={route.of} />
          </Suspense>
        </div>
      </main>
    </div>
  )
}

function NavItem({ page, current }: { page: keyof typeof icons; current: boolean }) {
  const { t } = useWords()
  const PageIcon = icons[page]
  return (
    <a
      href={addressOf(page)}
      className={styles.item}
      aria-current={current ? 'page' : undefined}
      title={t(`nav.${page}`)}
    >
      <PageIcon size={20} stroke={1.8} aria-hidden />
      <span className={styles.label}>{t(`nav.${page}`)}</span>
      {page === 'sync' && <SyncBadge />}
    </a>
  )
}

/** How many conflicts, held deletions and held mirrors wait for a person; nothing while there are none. */
function SyncBadge() {
  const { t, number } = useWords()
  const mirrors = Object.values(useSlice('mirrors') ?? {})
  const held = mirrors.filter(({ state }) => state === 'held').length
  const count = waitingForPerson(Object.values(useSlice('syncs') ?? {})) + held
  if (count === 0) return null
  return (
    <span className={styles.count} data-testid="sync-badge">
      <span aria-hidden>{number(count)}</span>
      <span className={styles.heard}>{t('syncPage.badge', { count })}</span>
    </span>
  )
}

/** The verdict in one word, on every page. */
function StateLine() {
  const { t, sentence } = useWords()
  const status = useSlice('status')?.current
  if (!status) return null
  return (
    <Tooltip label={sentence(status.sentence)} multiline maw={280} position="right">
      <div className={styles.state}>
        <ToneDisc {...levelLook[status.level]} size={28} turning={status.level === 'working'} />
        <span className={styles.label}>{t(`levels.${status.level}`)}</span>
      </div>
    </Tooltip>
  )
}

function CurrentPage({ page, of }: { page: Page; of: string | undefined }) {
  switch (page) {
    case 'status':
      return <StatusPage />
    case 'backups':
      return <BackupsPage backupId={of} />
    case 'sync':
      return <SyncPage />
    case 'databases':
      return <DatabasesPage />
    case 'activity':
      return <ActivityPage keyId={of} />
    case 'restore':
      return <RestorePage of={of} />
    case 'explore':
      return <ExplorePage of={of} />
    case 'places':
      return <PlacesPage of={of} />
    case 'storage':
      return <StoragePage />
    case 'unprotected':
      return <UnprotectedPage />
    case 'health':
      return <HealthPage />
    case 'settings':
      return <SettingsPage />
  }
}

/** The address belongs to the pages, so the jump past the navigation is made by focus. */
function skipToContent(): void {
  document.getElementById('content')?.focus()
}
