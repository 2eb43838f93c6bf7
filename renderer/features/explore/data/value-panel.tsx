import { Button, CopyButton, Group, Loader, Text } from '@mantine/core'
import type { DataKind } from '../../../../main/contract/index.ts'
import { LongText } from '../../../components/seen-text.tsx'
import { useAnswer } from '../../../store/use-answer.ts'
import { useWords } from '../../../words/use-words.ts'
import { isNotThere } from '../not-there.ts'
import { Problem } from '../problem.tsx'
import type { FileSpot } from '../spot.ts'
import { textOfValue } from '../value-text.ts'

const MOST_BYTES = 262_144

/** The value that was chosen, whole. */
export function ValuePanel({ spot, as }: { spot: FileSpot; as: DataKind | undefined }) {
  const { t } = useWords()
  const { backup, path, select } = spot
  const { data, error, again } = useAnswer(
    'data.read',
    select === undefined ? null : { backup, path, select, maxBytes: MOST_BYTES, ...(as && { as }) },
  )
  if (select === undefined) return null
  if (error && isNotThere(error)) return <Text role="status">{t('explorePage.noValue')}</Text>
  if (error) return <Problem error={error} onAgain={again} />
  if (!data) return <Loader size="sm" aria-label={t('common.loading')} />
  const text = textOfValue(data.value, 2)
  return (
    <div data-testid="value-panel">
      <Group justify="space-between" mb={4}>
        <Text size="sm" fw={600}>
          {t('explorePage.chosenValue')}
        </Text>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button
              size="compact-xs"
              variant="default"
              aria-label={t('common.copyNamed', { name: t('explorePage.chosenValue') })}
              onClick={copy}
            >
              {t(copied ? 'common.copied' : 'common.copy')}
            </Button>
          )}
        </CopyButton>
      </Group>
      <LongText text={text} label={t('explorePage.chosenValue')} testId="value-text" />
    </div>
  )
}
