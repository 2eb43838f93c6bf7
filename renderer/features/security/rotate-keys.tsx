import { Button, Checkbox, Text } from '@mantine/core'
import { useState } from 'react'
import type { CallOutput } from '../../../main/contract/index.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'
import { KitDialog } from '../recovery/kit-dialog.tsx'

/** New keys for what is stored from now on, and at once the new kit that belongs to them. */
export function RotateKeys({
  repositoryId,
  onRotated,
}: {
  repositoryId: string
  /** `renews`: everything is to be stored anew, too. */
  onRotated: (renews: boolean) => void
}) {
  const { t } = useWords()
  const rotate = useAction('key.rotate')
  const [asking, setAsking] = useState(false)
  const [renews, setRenews] = useState(false)
  const [rotated, setRotated] = useState<CallOutput<'key.rotate'>>()
  const [fallen, setFallen] = useState<readonly string[]>([])
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        {t('security.rotate')}
      </Button>
      {fallen.length > 0 && (
        <Text size="sm" role="status">
          {t('security.fallen', { names: fallen.join(', ') })}
        </Text>
      )}
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={t('security.rotateTitle')}
        body={t('security.rotateBody')}
        confirm={t('security.rotateConfirm')}
        busy={rotate.busy}
        error={rotate.error}
        onConfirm={async () => {
          const done = await rotate.act({ repositoryId, renews })
          if (!done) return
          setAsking(false)
          setRotated(done)
          setFallen(done.fallenSlots)
        }}
      >
        <Checkbox
          checked={renews}
          onChange={(event) => setRenews(event.currentTarget.checked)}
          label={t('security.rotateAll')}
          description={t('security.rotateAllHint')}
        />
      </ConfirmDialog>
      <KitDialog
        opened={rotated !== undefined}
        made={rotated?.kit}
        onClose={() => {
          setRotated(undefined)
          onRotated(renews)
          setRenews(false)
        }}
      />
    </>
  )
}
