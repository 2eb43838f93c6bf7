import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { SyncedFolder } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { ToneDisc } from '../../components/tone.tsx'
import { useWords } from '../../words/use-words.ts'
import styles from './sync.module.css'
import { verdictOf } from './verdict.ts'
import { verdictIcons } from './verdict-icons.ts'

/** How synced folders are doing, in one sentence. */
export function VerdictLine({
  folders,
  children,
}: {
  folders: readonly SyncedFolder[]
  children?: ReactNode
}) {
  const { sentence } = useWords()
  const verdict = verdictOf(folders)
  return (
    <Card className={styles.verdict} data-testid="sync-verdict">
      <ToneDisc
        tone={verdict.tone}
        icon={verdictIcons[verdict.tone]}
        size={52}
        turning={folders.some(({ state }) => state === 'syncing')}
      />
      <Text className={styles.verdictText} role="status">
        {sentence(verdict.sentence)}
      </Text>
      {children}
    </Card>
  )
}
