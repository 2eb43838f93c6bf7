import { Loader, Stack } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { Card } from '../../components/card.tsx'
import { EmptyNote } from '../../components/empty-note.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { SectionLinks } from '../../components/section-links.tsx'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { ChooseBar } from './choose-bar.tsx'
import { DataSection } from './data/data-section.tsx'
import { FileFinder } from './file-finder.tsx'
import { Problem } from './problem.tsx'
import { addressOfSpot, goToSpot, type Spot, sections, spotOf } from './spot.ts'
import { type Backups, useBackups } from './use-backups.ts'

const SeriesSection = lazy(() => import('./series/series-section.tsx'))
const CompareSection = lazy(() => import('./compare/compare-section.tsx'))
const AccessSection = lazy(() => import('./clients/access-section.tsx'))

/** What is in the files of backups, without restoring them; and which programs may look there, too. */
export default function ExplorePage({ of }: { of: string | undefined }) {
  const { t } = useWords()
  const spot = spotOf(of)
  return (
    <>
      <PageHeader title={t('explorePage.title')} subtitle={t('explorePage.subtitle')} />
      <SectionLinks
        label={t('explorePage.sections.label')}
        sections={sections.map((name) => ({
          name,
          title: t(`explorePage.sections.${name}`),
          // What was chosen goes along.
          href: addressOfSpot({ ...spot, section: name }),
        }))}
        current={spot.section}
      />
      <Suspense fallback={<Loader m="xl" aria-label={t('common.loading')} />}>
        {spot.section === 'access' ? <AccessSection /> : <Contents spot={spot} />}
      </Suspense>
    </>
  )
}

function Contents({ spot }: { spot: Spot }) {
  const { t } = useWords()
  const backups = useBackups(spot.plan)
  const newest = backups.list[0]
  if (backups.error) return <Problem error={backups.error} />
  if (!backups.isKnown) return <Loader m="xl" aria-label={t('common.loading')} />
  if (!newest && !spot.plan)
    return (
      <Card>
        <EmptyNote picture="chest" text={t('explorePage.empty')} />
      </Card>
    )
  return <Chosen spot={spot} backups={backups} />
}

function Chosen({ spot, backups }: { spot: Spot; backups: Backups }) {
  const { t } = useWords()
  const [isFinding, setIsFinding] = useState(false)
  const backup = spot.backup ?? backups.list[0]?.id
  const older = spot.other ?? olderThan(backups, backup)
  const change = (part: Partial<Spot>): void => goToSpot({ ...spot, ...part })
  const plans = useSlice('plans') ?? {}
  const pick = (path: string, from = backup): void => {
    setIsFinding(false)
    // A file is that of a plan: backups of others do not hold it.
    const planName = backups.list.find(({ id }) => id === from)?.plan
    const plan = spot.plan ?? Object.values(plans).find(({ name }) => name === planName)?.id
    change({ path, select: undefined, plan, backup: from, other: undefined })
  }
  const { path } = spot
  return (
    <Stack gap="md">
      <Card>
        <Stack gap="md">
          <ChooseBar
            spot={spot}
            backup={backup}
            older={older}
            onChange={change}
            isFinding={isFinding}
            onFind={() => setIsFinding(!isFinding)}
          />
          {backup !== undefined && (path === undefined || isFinding) && (
            <FileFinder backup={backup} plan={spot.plan} onPick={pick} />
          )}
        </Stack>
      </Card>
      {backup === undefined && (
        <Card>
          <EmptyNote text={t('explorePage.emptyPlan')} />
        </Card>
      )}
      {backup !== undefined && path !== undefined && (
        <>
          {spot.section === 'data' && (
            <DataSection
              key={`${backup} ${path}`}
              spot={{ ...spot, backup, path }}
              onChange={change}
              onOther={() => setIsFinding(true)}
            />
          )}
          {spot.section === 'series' && <SeriesSection spot={{ ...spot, path }} onChange={change} />}
          {spot.section === 'compare' && (
            <CompareSection spot={{ ...spot, backup, path }} older={older} onChange={change} />
          )}
        </>
      )}
    </Stack>
  )
}

/** The backup before another one, of those that are known. */
function olderThan({ list }: Backups, id: string | undefined): string | undefined {
  const at = list.findIndex((each) => each.id === id)
  return at < 0 ? list[1]?.id : list[at + 1]?.id
}
