import { Select, Text } from '@mantine/core'
import type { CallOutput } from '../../../main/contract/index.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './restore.module.css'
import { partsOf, type RestoreOrder } from './restore-order.ts'

/** Which copy of each backup is read and why that one; where there are others, to be changed. */
export function CopiesRead({
  parts,
  order,
  onChange,
}: {
  parts: CallOutput<'restore.preflight'>['parts']
  order: RestoreOrder
  onChange: (part: Partial<RestoreOrder>) => void
}) {
  const { t, exact } = useWords()
  const choose = (backupId: string, placeId: string | null): void => {
    const { [backupId]: _, ...places } = order.places
    onChange({ places: placeId ? { ...places, [backupId]: placeId } : places })
  }
  return (
    <section aria-label={t('restore.copies')}>
      <ul className={styles.copies} data-testid="copies-read">
        {partsOf(order.items).map(({ backup }) => {
          const part = parts.find(({ backupId }) => backupId === backup.id)
          const copies = backup.copies.filter(({ state }) => state === 'synced')
          const count = copies.length
          return (
            <li key={backup.id}>
              <div className={styles.grow}>
                <Text size="sm" fw={560}>
                  {backup.planName ?? t('backups.oneOff')} · {exact(backup.createdAt)}
                </Text>
                {part && (
                  <Text size="sm" c="dimmed">
                    {t(`restore.copyReason.${part.reason}`, { place: part.placeName ?? '', count })}
                  </Text>
                )}
              </div>
              {count > 1 && (
                <Select
                  size="xs"
                  w={220}
                  aria-label={t('restore.fromNamed', { at: exact(backup.createdAt) })}
                  placeholder={t('restore.fromBest')}
                  clearable
                  clearButtonProps={{ 'aria-label': t('restore.fromBest') }}
                  data={copies.map((copy) => ({ value: copy.placeId, label: copy.placeName }))}
                  value={order.places[backup.id] ?? null}
                  onChange={(placeId) => choose(backup.id, placeId)}
                />
              )}
            </li>
          )
        })}
      </ul>
    </section>
  )
}
