import { Text } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck, IconCircleDashed } from '@tabler/icons-react'
import { useId } from 'react'
import type { PlaceCoverage } from '../../../main/contract/index.ts'
import type { Look } from '../../components/states.ts'
import { ToneBadge } from '../../components/tone.tsx'
import { useWords, type Words } from '../../words/use-words.ts'
import { type Band, type Span, shareOf } from './coverage-bands.ts'
import styles from './databases-page.module.css'

type Timeline = PlaceCoverage['timelines'][number]

/** What a place gives back, as a strip of time for the eye and as a list of its stretches for everyone. */
export function CoverageStrip({ place, span }: { place: PlaceCoverage; span: Span }) {
  const words = useWords()
  const { t, exact, error } = words
  const { placeName, timelines, damaged, waiting } = place
  const [look, verdict] = verdictOf(place, words)
  const problems = [
    place.error && error(place.error, placeName).what,
    waiting > 0 && t('databasesPage.waiting', { count: waiting }),
    ...damaged.slice(0, 5).map((file) => t('databasesPage.damaged', { file })),
  ].filter((problem) => typeof problem === 'string')
  return (
    <figure
      className={styles.coverage}
      aria-label={t('databasesPage.coverageOf', { place: placeName })}
      data-testid="coverage"
    >
      <figcaption className={styles.caption}>
        <Text fw={600}>{placeName}</Text>
        <ToneBadge {...look}>{verdict}</ToneBadge>
      </figcaption>
      {timelines.length > 0 && (
        <>
          {timelines.map((each) => (
            <Strip key={each.timeline} timeline={each} place={place} span={span} />
          ))}
          <div className={styles.ends} aria-hidden>
            <span>{exact(new Date(span.fromMs).toISOString())}</span>
            <span>{t('databasesPage.now')}</span>
          </div>
          <details className={styles.list}>
            <summary>{t('databasesPage.asList')}</summary>
            <ul>
              {timelines.flatMap(({ timeline, bands, missing }) => [
                ...bands.map((band) => (
                  <li key={`${timeline} ${band.fromLsn}`}>
                    {timelines.length > 1 && `${t('databasesPage.timeline', { timeline })}: `}
                    {bandText(band, words)}
                  </li>
                )),
                ...missing.map(({ first, last, count }) => (
                  <li key={`${timeline} ${first}`}>{t('databasesPage.missing', { first, last, count })}</li>
                )),
              ])}
            </ul>
          </details>
        </>
      )}
      {problems.map((problem) => (
        <Text size="sm" key={problem}>
          {problem}
        </Text>
      ))}
    </figure>
  )
}

/** A timeline's stretches: filled where every moment can be had, low and striped where none can; a ring for each base backup. */
function Strip({ timeline, place, span }: { timeline: Timeline; place: PlaceCoverage; span: Span }) {
  const { t } = useWords()
  const stripes = useId()
  const at = (iso: string): number => shareOf(Date.parse(iso), span) * 100
  return (
    <div className={styles.row} aria-hidden>
      {place.timelines.length > 1 && (
        <span className={styles.timeline}>
          {t('databasesPage.timeline', { timeline: timeline.timeline })}
        </span>
      )}
      <svg className={styles.strip} height="28" aria-hidden>
        <defs>
          <pattern
            id={stripes}
            width="6"
            height="6"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <rect width="6" height="6" className={styles.gapSoft} />
            <rect width="3" height="6" className={styles.gap} />
          </pattern>
        </defs>
        <rect className={styles.track} width="100%" height="20" rx="4" />
        {timeline.bands.map(({ state, from, to, fromLsn }) => {
          const isCovered = state === 'covered'
          return (
            <rect
              key={`${state} ${fromLsn}`}
              className={isCovered ? styles.covered : undefined}
              fill={isCovered ? undefined : `url(#${stripes})`}
              x={`${at(from)}%`}
              y={isCovered ? 0 : 5}
              height={isCovered ? 20 : 10}
              // However short it is, it can be seen.
              style={{ width: `max(3px, ${at(to) - at(from)}%)` }}
            />
          )
        })}
        {place.bases
          .filter((base) => base.timeline === timeline.timeline)
          .map(({ id, endedAt, isUsable }) => (
            <circle
              key={id}
              className={isUsable ? styles.base : styles.baseUseless}
              cx={`${at(endedAt)}%`}
              cy="23"
              r="4"
            />
          ))}
      </svg>
    </div>
  )
}

/** A stretch in words. */
function bandText({ state, from, to }: Band, { t, exact }: Words): string {
  return t(`databasesPage.band.${state}`, { from: exact(from), to: exact(to) })
}

function verdictOf({ timelines, damaged, error }: PlaceCoverage, { t }: Words): readonly [Look, string] {
  const bands = timelines.flatMap((timeline) => timeline.bands)
  const gaps = bands.filter(({ state }) => state === 'gap').length
  if (error) return [{ tone: 'warn', icon: IconCircleDashed }, t('databasesPage.notReached')]
  if (damaged.length > 0)
    return [
      { tone: 'bad', icon: IconAlertTriangle },
      t('databasesPage.someDamaged', { count: damaged.length }),
    ]
  if (gaps === bands.length) return [{ tone: 'warn', icon: IconCircleDashed }, t('databasesPage.nothing')]
  if (gaps > 0) return [{ tone: 'warn', icon: IconAlertTriangle }, t('databasesPage.gaps', { count: gaps })]
  return [{ tone: 'ok', icon: IconCircleCheck }, t('databasesPage.everyMoment')]
}

/** What the shapes of a strip mean. */
export function StripLegend() {
  const { t } = useWords()
  return (
    <div className={styles.legend} aria-hidden>
      <span>
        <i className={`${styles.swatch} ${styles.swatchCovered}`} /> {t('databasesPage.legend.covered')}
      </span>
      <span>
        <i className={`${styles.swatch} ${styles.swatchGap}`} /> {t('databasesPage.legend.gap')}
      </span>
      <span>
        <i className={`${styles.swatch} ${styles.swatchBase}`} /> {t('databasesPage.legend.base')}
      </span>
    </div>
  )
}
