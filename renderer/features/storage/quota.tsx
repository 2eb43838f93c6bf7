import { Text } from '@mantine/core'
import type { StoragePlace } from '../../../main/contract/index.ts'
import { FillBar } from '../../components/fill-bar.tsx'
import { useWords } from '../../words/use-words.ts'
import styles from './storage.module.css'

/** How full a place is: against its budget where one is set, else against its disk. Of other places nobody is told how much more they take. */
export function Quota({ place }: { place: StoragePlace }) {
  const { t, bytes } = useWords()
  const { stored, room, budgetBytes, disk } = place
  const whole = room?.by === 'budget' ? budgetBytes : disk?.totalBytes
  const own = stored?.bytes ?? 0
  const others = room?.by === 'disk' && disk ? Math.max(0, disk.totalBytes - disk.freeBytes - own) : 0
  return (
    <div className={styles.quota} data-testid="quota">
      <div className={styles.amount}>
        <Text component="span" size="xl" fw={640} className="tabular">
          {stored ? bytes(stored.bytes) : t('healthPage.notStored')}
        </Text>
        <Text component="span" size="sm" c="dimmed" className="tabular">
          {room && whole !== undefined
            ? t(`storagePage.left.${room.by}`, { left: bytes(room.leftBytes), whole: bytes(whole) })
            : t(`storagePage.unknown.${place.type === 'local' ? 'disk' : 'service'}`)}
        </Text>
      </div>
      {whole !== undefined && whole > 0 && (
        <FillBar own={own} others={others} whole={whole} verdict={place.verdict} />
      )}
    </div>
  )
}
