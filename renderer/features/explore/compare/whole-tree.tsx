import { Loader, Stack, Text } from '@mantine/core'
import { useMemo, useState } from 'react'
import type { DataChange } from '../../../../main/contract/index.ts'
import { useWords } from '../../../words/use-words.ts'
import { Problem } from '../problem.tsx'
import { JsonTree } from '../tree/json-tree.tsx'
import { useOutline } from '../tree/use-outline.ts'
import { marksOf } from './change-lines.ts'
import { ChangeTree } from './change-tree.tsx'

/** All of the newer value, with a sign where it differs; what is gone from it stands below. */
export function WholeTree({
  backup,
  path,
  name,
  changes,
}: {
  backup: string
  path: string
  name: string
  changes: readonly DataChange[]
}) {
  const { t } = useWords()
  const outline = useOutline(backup, path)
  const [chosen, setChosen] = useState('')
  const marks = useMemo(() => marksOf(changes), [changes])
  const removed = useMemo(() => changes.filter(({ change }) => change === 'removed'), [changes])
  if (outline.error) return <Problem error={outline.error} onAgain={outline.again} />
  if (!outline.file) return <Loader size="sm" aria-label={t('common.loading')} />
  return (
    <Stack gap="sm">
      <JsonTree outline={outline} name={name} select={chosen} onSelect={setChosen} marks={marks} />
      {removed.length > 0 && (
        <div>
          <Text size="sm" fw={600} mb={4}>
            {t('explorePage.gone')}
          </Text>
          <ChangeTree changes={removed} label={t('explorePage.gone')} name={name} />
        </div>
      )}
    </Stack>
  )
}
