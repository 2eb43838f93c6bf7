import { Button } from '@mantine/core'
import { IconPin, IconPinnedOff } from '@tabler/icons-react'
import type { Backup } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'

/** Keeps a snapshot whatever the rules say, or lets them decide again. */
export function PinButton({ backup }: { backup: Backup }) {
  const { t } = useWords()
  const pin = useAction('backup.pin')
  const PinIcon = backup.pinned ? IconPinnedOff : IconPin
  return (
    <>
      <Button
        size="sm"
        variant="default"
        leftSection={<PinIcon size={16} aria-hidden />}
        loading={pin.busy}
        onClick={() => pin.act({ id: backup.id, pinned: !backup.pinned })}
      >
        {t(backup.pinned ? 'health.unpin' : 'health.pin')}
      </Button>
      {pin.error && <ErrorNote error={pin.error} />}
    </>
  )
}
