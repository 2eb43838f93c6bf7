import type { SyncedFolder } from '../../../main/contract/index.ts'
import { ToneBadge } from '../../components/tone.tsx'
import { useWords } from '../../words/use-words.ts'
import { folderLook } from './looks.ts'

/** The state of a synced folder in a word, with an icon of its own. */
export function FolderState({ state }: Pick<SyncedFolder, 'state'>) {
  const { t } = useWords()
  return <ToneBadge {...folderLook[state]}>{t(`sync.state.${state}`)}</ToneBadge>
}
