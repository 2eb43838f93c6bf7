import { Anchor, CloseButton, Group, Text } from '@mantine/core'
import { useWords } from '../../words/use-words.ts'
import styles from './restore.module.css'
import { partsOf, type RestoreOrder } from './restore-order.ts'

/** What was chosen so far, backup by backup, each to be taken out again. */
export function Basket({
  order,
  onChange,
}: {
  order: RestoreOrder
  onChange: (part: Partial<RestoreOrder>) => void
}) {
  const { t, exact } = useWords()
  const chosen = order.items
  const remove = (backupId: string, path: string | undefined): void =>
    onChange({
      items: order.items.filter((item) => item.backup.id !== backupId || item.path !== path),
      into: '',
    })
  return (
    <section aria-label={t('restore.basket')} data-testid="basket" className={styles.basket}>
      <Group justify="space-between">
        <Text size="sm" fw={600}>
          {t('restore.basket')} {chosen.length > 0 && `(${chosen.length})`}
        </Text>
        {chosen.length > 0 && (
          <Anchor
            component="button"
            type="button"
            size="sm"
            onClick={() => onChange({ items: [], into: '' })}
          >
            {t('restore.basketClear')}
          </Anchor>
        )}
      </Group>
      {chosen.length === 0 && (
        <Text size="sm" c="dimmed" mt={4}>
          {t('restore.basketEmpty')}
        </Text>
      )}
      {partsOf(chosen).map(({ backup, paths, isWhole }) => (
        <div key={backup.id}>
          <Text size="xs" c="dimmed" mt={8}>
            {backup.planName ?? t('backups.oneOff')} · {exact(backup.createdAt)}
          </Text>
          <ul className={styles.items}>
            {[...(isWhole ? [undefined] : []), ...paths].map((path) => (
              <li key={path ?? ''}>
                <span>{path ?? t('restore.everything')}</span>
                <CloseButton
                  size="sm"
                  aria-label={t('restore.basketRemove', { path: path ?? t('restore.everything') })}
                  onClick={() => remove(backup.id, path)}
                />
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  )
}
