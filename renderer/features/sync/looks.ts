import {
  type Icon,
  IconArrowsShuffle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconClock,
  IconCloudDownload,
  IconCloudUpload,
  IconFolderPlus,
  IconGitFork,
  IconHandStop,
  IconHourglass,
  IconPlayerPause,
  IconRefresh,
  IconTrash,
} from '@tabler/icons-react'
import type { SyncedFolder, SyncOperation } from '../../../main/contract/index.ts'
import type { Look } from '../../components/states.ts'

export const folderLook: Record<SyncedFolder['state'], Look> = {
  new: { tone: 'calm', icon: IconCircleDashed },
  synced: { tone: 'ok', icon: IconCircleCheck },
  pending: { tone: 'work', icon: IconClock },
  syncing: { tone: 'work', icon: IconRefresh },
  waiting: { tone: 'calm', icon: IconHourglass },
  held: { tone: 'warn', icon: IconHandStop },
  paused: { tone: 'calm', icon: IconPlayerPause },
  failed: { tone: 'bad', icon: IconCircleX },
}

export const operationLook: Record<SyncOperation['status'], Look> = {
  pending: { tone: 'calm', icon: IconClock },
  in_progress: { tone: 'work', icon: IconRefresh },
  completed: { tone: 'ok', icon: IconCircleCheck },
  failed: { tone: 'bad', icon: IconCircleX },
  dropped: { tone: 'calm', icon: IconPlayerPause },
}

export const operationIcons: Record<SyncOperation['do'], Icon> = {
  upload: IconCloudUpload,
  download: IconCloudDownload,
  move: IconArrowsShuffle,
  delete: IconTrash,
  make: IconFolderPlus,
  conflict: IconGitFork,
}
