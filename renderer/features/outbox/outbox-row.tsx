import { ActionIcon, Group, Text } from '@mantine/core'
import { IconShieldCheck, IconShieldExclamation, IconX } from '@tabler/icons-react'
import type { OutboxItem } from '../../../main/contract/index.ts'
import { copyLook } from '../../components/states.ts'
import { RelativeTime } from '../../components/times/relative-time.tsx'
import { ToneBadge } from '../../components/tone.tsx'
import { useWords } from '../../words/use-words.ts'
import styles from './outbox.module.css'

/** One backup on its way to one place: how far, why it waits, and whether it is safe elsewhere meanwhile. */
export function OutboxRow({ item, onRemove }: { item: OutboxItem; onRemove: () => void }) {
  const { t, bytes, exact, error } = useWords()
  const remove = t('outbox.removeNamed', { time: exact(item.createdAt), place: item.placeName })
  const SafeIcon = item.isSavedElsewhere ? IconShieldCheck : IconShieldExclamation
  return (
    <li className={styles.row} data-testid="outbox-item">
      <div className={styles.what}>
        <Group gap={8}>
          <Text fw={560}>{item.planName ?? t('backups.oneOff')}</Text>
          <Text span size="sm" c="dimmed">
            <RelativeTime at={item.createdAt} /> · {bytes(item.sizeBytes)} → {item.placeName}
          </Text>
        </Group>
        <Text size="sm" c="dimmed">
          <SafeIcon size={14} aria-hidden className={styles.safe} />{' '}
          {t(item.isSavedElsewhere ? 'outbox.elsewhere' : 'outbox.onlyHere')}
          {item.attempts > 0 && ` · ${t('outbox.tries', { count: item.attempts })}`}
          {item.error && ` · ${error(item.error, item.placeName).what}`}
        </Text>
      </div>
      <ToneBadge {...copyLook[item.state]}>{t(`copies.state.${item.state}`)}</ToneBadge>
      <ActionIcon variant="subtle" color="gray" aria-label={remove} title={remove} onClick={onRemove}>
        <IconX size={16} />
      </ActionIcon>
    </li>
  )
}
