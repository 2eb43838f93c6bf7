import { Center, Loader } from '@mantine/core'
import { lazy, Suspense, useEffect, useState } from 'react'
import { liesDown, useDropped } from '../../store/dropped.ts'
import { goTo } from '../../store/route.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { CrashGuard } from './crash-guard.tsx'
import { DropArea } from './drop-area.tsx'
import { Frame } from './frame.tsx'
import { Notices } from './notices.tsx'
import { ReconnectingBanner } from './reconnecting-banner.tsx'
import { useAppearance } from './use-appearance.ts'

// Most windows open on something that is set up.
const FirstRun = lazy(() => import('../first-run/first-run.tsx'))

/** The whole window: the first run while nothing is set up, else the pages. */
export function App() {
  const { t } = useWords()
  const plans = useSlice('plans')
  const recent = useSlice('recent')
  const syncs = useSlice('syncs')
  const mirrors = useSlice('mirrors')
  const [left, setLeft] = useState(false)
  const [entered, setEntered] = useState(false)
  useAppearance()

  const known = plans !== undefined && recent !== undefined && syncs !== undefined && mirrors !== undefined
  const isSet = known && [plans, syncs, mirrors].some((slice) => Object.keys(slice).length > 0)
  const nothingYet = known && !isSet && recent.total === 0
  // The first run stays until the person leaves it: its own work makes the first plan.
  if (nothingYet && !entered) setEntered(true)
  const firstRun = entered && !left
  const dropped = useDropped()
  useEffect(() => {
    // The first run takes them by itself, and so does a plan that stands open; else they begin a new one.
    if (known && !firstRun && dropped.length > 0 && liesDown()) goTo('backups', 'new')
  }, [known, firstRun, dropped])

  const starting = (
    <Center h="100vh">
      <Loader aria-label={t('link.starting')} />
    </Center>
  )
  return (
    <>
      <ReconnectingBanner />
      <CrashGuard>
        <Suspense fallback={starting}>
          {!known ? starting : firstRun ? <FirstRun onLeave={() => setLeft(true)} /> : <Frame />}
        </Suspense>
      </CrashGuard>
      <DropArea />
      <Notices />
    </>
  )
}
