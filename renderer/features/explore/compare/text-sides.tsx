import { Loader, Skeleton, Stack, Text } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { useAnswer } from '../../../store/use-answer.ts'
import { useWords } from '../../../words/use-words.ts'
import { Problem } from '../problem.tsx'

const LineDiff = lazy(() => import('../../../components/lists/line-diff.tsx'))

const MOST_BYTES = 1_048_576

interface Side {
  readonly backupId: string
  readonly createdAt: string
}

/** Two versions of a text beside each other, line by line. */
export function TextSides({
  path,
  isWhole,
  left,
  right,
}: {
  path: string
  /** With the lines that are equal. */
  isWhole: boolean
  left: Side
  right: Side
}) {
  const { t, exact, bytes } = useWords()
  const ask = { path, as: 'text', length: MOST_BYTES } as const
  const before = useAnswer('data.read', { ...ask, backup: left.backupId })
  const after = useAnswer('data.read', { ...ask, backup: right.backupId })
  const error = before.error ?? after.error
  if (error) return <Problem error={error} />
  if (!before.data || !after.data || before.busy || after.busy)
    return <Loader size="sm" aria-label={t('common.loading')} />
  const isCut = before.data.nextOffset !== undefined || after.data.nextOffset !== undefined
  return (
    <Stack gap="xs">
      <Suspense fallback={<Skeleton h={160} />}>
        <LineDiff
          left={{ title: exact(left.createdAt), text: before.data.text ?? '' }}
          right={{ title: exact(right.createdAt), text: after.data.text ?? '' }}
          isWhole={isWhole}
        />
      </Suspense>
      {isCut && (
        <Text size="sm" c="dimmed">
          {t('explorePage.textCut', { size: bytes(MOST_BYTES) })}
        </Text>
      )}
    </Stack>
  )
}
