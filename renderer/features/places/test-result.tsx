import { Box, Stack, Text } from '@mantine/core'
import { IconCircleCheck, IconInfoCircle } from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import type { CallOutput, PlaceCapabilities } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { ToneDisc } from '../../components/tone.tsx'
import { useWords, type Words } from '../../words/use-words.ts'
import styles from './places.module.css'

/** A clock this far off makes providers refuse; worth a word before. */
const NOTEWORTHY_CLOCK_MS = 60_000

/** What a test found out about a place, in plain words. */
export function TestResult({ result, place }: { result: CallOutput<'place.test'>; place: string }) {
  const words = useWords()
  const { t, number } = words
  const found = useRef<HTMLDivElement>(null)
  // A long form hides what stands below it.
  useEffect(() => {
    found.current?.scrollIntoView({ block: 'nearest' })
  }, [])

  if (!result.ok) {
    const error = result.error ?? { code: 'internal', data: {}, retry: 'never' as const }
    return (
      <div data-testid="test-failed" ref={found}>
        <ErrorNote error={error} place={place} title={t('places.testFailed')} />
      </div>
    )
  }
  return (
    <Box className={styles.tested} data-testid="test-passed" ref={found}>
      <ToneDisc tone="ok" icon={IconCircleCheck} size={34} />
      <Stack gap={6} miw={0}>
        <Text fw={600}>{t('places.testOk', { ms: number(Math.round(result.durationMs)) })}</Text>
        {result.capabilities && <Learned capabilities={result.capabilities} words={words} />}
      </Stack>
    </Box>
  )
}

function Learned({ capabilities, words }: { capabilities: PlaceCapabilities; words: Words }) {
  return (
    <ul className={styles.learned} aria-label={words.t('places.learned')}>
      {learned(capabilities, words).map((line) => (
        <li key={line}>
          <IconInfoCircle size={15} aria-hidden />
          <Text size="sm">{line}</Text>
        </li>
      ))}
    </ul>
  )
}

/** One sentence a fact; what was not tested says nothing. */
function learned(capabilities: PlaceCapabilities, { t, bytes, number }: Words): string[] {
  const { conditionalWrites, versioning, objectLock, deletes, freeBytes, totalBytes, clockOffsetMs } =
    capabilities
  const lines = [t(conditionalWrites ? 'places.learn.conditionalYes' : 'places.learn.conditionalNo')]
  if (deletes !== undefined) lines.push(t(deletes ? 'places.learn.deleteYes' : 'places.learn.deleteNo'))
  if (versioning !== undefined) {
    lines.push(t(versioning ? 'places.learn.versioningYes' : 'places.learn.versioningNo'))
  }
  if (objectLock !== undefined) lines.push(t(objectLock ? 'places.learn.lockYes' : 'places.learn.lockNo'))
  if (freeBytes !== undefined && totalBytes !== undefined) {
    lines.push(t('places.learn.free', { free: bytes(freeBytes), total: bytes(totalBytes) }))
  }
  if (clockOffsetMs !== undefined && Math.abs(clockOffsetMs) > NOTEWORTHY_CLOCK_MS) {
    lines.push(t('places.learn.clock', { seconds: number(Math.round(Math.abs(clockOffsetMs) / 1000)) }))
  }
  return lines
}
