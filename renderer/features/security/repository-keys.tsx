import { ActionIcon, Button, Text } from '@mantine/core'
import { IconFileText, IconKey, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import type { KeySlot, RepositoryInfo } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { SettingRow } from '../../components/forms/setting-row.tsx'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'
import { KitDialog } from '../recovery/kit-dialog.tsx'
import { AddPassphrase } from './add-passphrase.tsx'
import { Renewal, useRenewal } from './renewal.tsx'
import { RotateKeys } from './rotate-keys.tsx'
import styles from './security.module.css'

/** The keys of one repository. `named`: there are several, so it says which it is. */
export function RepositoryKeys({
  repository,
  named,
  onChanged,
}: {
  repository: RepositoryInfo
  named: boolean
  onChanged: () => void
}) {
  const { t, relative } = useWords()
  const [making, setMaking] = useState(false)
  const [removing, setRemoving] = useState<KeySlot>()
  const { kitConfirmedAt, slots } = repository
  const renewal = useRenewal(repository, onChanged)
  const kitLine = kitConfirmedAt
    ? t('security.kitProven', { time: relative(kitConfirmedAt, Date.now()) })
    : t('security.kitNone')

  return (
    <Card mb="md">
      {named && (
        <Text size="sm" c="dimmed">
          {t('security.repository', { id: repository.id.slice(0, 8) })}
        </Text>
      )}
      <SettingRow label={t('security.kit')} hint={kitLine}>
        {() => (
          <Button variant={kitConfirmedAt ? 'default' : 'filled'} onClick={() => setMaking(true)}>
            {t(kitConfirmedAt ? 'security.newKit' : 'security.makeKit')}
          </Button>
        )}
      </SettingRow>
      <SettingRow label={t('security.slots')} hint={t('security.slotsHint')}>
        {() => <AddPassphrase repositoryId={repository.id} onAdded={onChanged} />}
      </SettingRow>
      <ul className={styles.slots} aria-label={t('security.slots')}>
        {slots.map((slot) => (
          <Slot
            key={slot.id}
            slot={slot}
            isThis={slot.kind === 'password' && slot.label === repository.deviceName}
            isOlder={slot.epoch < repository.epoch}
            onRemove={slots.length > 1 ? () => setRemoving(slot) : undefined}
          />
        ))}
      </ul>
      <SettingRow label={t('security.rotateRow')} hint={t('security.rotateHint')}>
        {() => (
          <RotateKeys
            repositoryId={repository.id}
            onRotated={(renews) => {
              onChanged()
              if (renews) void renewal.begin()
            }}
          />
        )}
      </SettingRow>
      <Renewal renewal={renewal} />
      <KitDialog
        opened={making}
        repositoryId={repository.id}
        again={kitConfirmedAt !== undefined}
        onClose={() => {
          setMaking(false)
          onChanged()
        }}
      />
      <RemoveSlot
        slot={removing}
        repositoryId={repository.id}
        onClose={() => {
          setRemoving(undefined)
          onChanged()
        }}
      />
    </Card>
  )
}

/** The last way in cannot be removed, so it has no button. */
function Slot({
  slot,
  isThis,
  isOlder,
  onRemove,
}: {
  slot: KeySlot
  /** Made by this computer for itself; nobody has to know its secret. */
  isThis: boolean
  isOlder: boolean
  onRemove: (() => void) | undefined
}) {
  const { t } = useWords()
  const SlotIcon = slot.kind === 'recovery' ? IconFileText : IconKey
  const remove = t('security.remove', { label: slot.label })
  return (
    <li className={styles.slot} data-testid="slot">
      <SlotIcon size={20} stroke={1.7} aria-hidden />
      <div className={styles.grow}>
        <Text fw={560}>{slot.label}</Text>
        <Text size="sm" c="dimmed">
          {isThis ? t('security.thisComputer') : t(`security.${slot.kind}`)} ·{' '}
          {t('security.made', { time: '' })}
          <RelativeTime at={slot.createdAt} />
          {isOlder && ` · ${t('security.older')}`}
        </Text>
      </div>
      {onRemove && (
        <ActionIcon variant="subtle" color="gray" aria-label={remove} title={remove} onClick={onRemove}>
          <IconTrash size={17} />
        </ActionIcon>
      )}
    </li>
  )
}

function RemoveSlot({
  slot,
  repositoryId,
  onClose,
}: {
  slot: KeySlot | undefined
  repositoryId: string
  onClose: () => void
}) {
  const { t } = useWords()
  const remove = useAction('key.remove')
  const label = slot?.label
  return (
    <ConfirmDialog
      opened={slot !== undefined}
      onClose={onClose}
      title={t('security.removeTitle', { label })}
      body={t('security.removeBody')}
      confirm={t('security.removeConfirm', { label })}
      busy={remove.busy}
      error={remove.error}
      onConfirm={async () => {
        if (slot && (await remove.act({ repositoryId, slotId: slot.id }))) onClose()
      }}
    />
  )
}
