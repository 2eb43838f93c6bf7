import { Button, CloseButton, Group, Loader, Stack, Text, Title } from '@mantine/core'
import { IconFileSearch } from '@tabler/icons-react'
import { useState } from 'react'
import { ErrorNote } from '../../components/error-note.tsx'
import { Figure, Figures } from '../../components/figures.tsx'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './basket-step.module.css'
import { Comparison } from './comparison.tsx'
import { type BasketItem, type RestoreOrder, restoreInputOf, withItem } from './restore-order.ts'

interface Props {
  order: RestoreOrder
  onChange: (part: Partial<RestoreOrder>) => void
  /** Where it would go: what is counted is counted for there. */
  suggested: string | undefined
}

/** Everything that was chosen, over all backups: each thing's versions, a look at them, and what it comes to. */
export default function BasketStep({ order, onChange, suggested }: Props) {
  const { t } = useWords()
  return (
    <Stack gap="lg">
      <div>
        <Title order={2} size="h4">
          {t('restore.basketTitle')}
        </Title>
        <Text size="sm" c="dimmed">
          {t('restore.basketHint')}
        </Text>
      </div>
      <ul className={styles.rows} data-testid="basket-rows">
        {order.items.map((item) => (
          <Row
            key={`${item.backup.id} ${item.path ?? ''}`}
            item={item}
            onChoose={(other) => onChange(withItem(order, other, item))}
            onRemove={() => onChange({ items: order.items.filter((each) => each !== item), into: '' })}
          />
        ))}
      </ul>
      {order.items.length === 0 ? (
        <Text>{t('restore.basketEmpty')}</Text>
      ) : (
        <Sum order={order} suggested={suggested} />
      )}
    </Stack>
  )
}

function Row({
  item,
  onChoose,
  onRemove,
}: {
  item: BasketItem
  onChoose: (item: BasketItem) => void
  onRemove: () => void
}) {
  const { t, exact } = useWords()
  const [isOpen, setIsOpen] = useState(false)
  const { backup, path } = item
  const name = path ?? t('restore.everything')
  const canLook = path !== undefined
  return (
    <li data-testid="basket-row">
      <Group gap="sm" wrap="nowrap" align="flex-start">
        <div className={styles.grow}>
          <Text fw={560}>{name}</Text>
          <Text size="sm" c="dimmed">
            {backup.planName ?? t('backups.oneOff')} · {exact(backup.createdAt)}
          </Text>
        </div>
        {canLook && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconFileSearch size={15} aria-hidden />}
            aria-expanded={isOpen}
            aria-label={t('restore.versionsOf', { name })}
            onClick={() => setIsOpen(!isOpen)}
          >
            {t('restore.versions')}
          </Button>
        )}
        <CloseButton aria-label={t('restore.basketRemove', { path: name })} onClick={onRemove} />
      </Group>
      {isOpen && path !== undefined && <Comparison item={{ ...item, path }} onChoose={onChoose} />}
    </li>
  )
}

/** Size and what has to be fetched, as the engine counts them. */
function Sum({ order, suggested }: Pick<Props, 'order' | 'suggested'>) {
  const { t, bytes, number } = useWords()
  const input = suggested === undefined ? undefined : restoreInputOf({ ...order, target: 'new' }, suggested)
  const { data, error, busy } = useAnswer('restore.preflight', input ?? null)
  if (error) return <ErrorNote error={error} />
  if (!data) return busy || !input ? <Loader size="sm" aria-label={t('restore.checking')} /> : null
  return (
    <section aria-label={t('restore.sum')} className={styles.sum} aria-busy={busy} data-testid="basket-sum">
      <Figures>
        <Figure label={t('restore.sumFiles')}>{number(data.files)}</Figure>
        <Figure label={t('restore.toWrite')}>{bytes(data.bytes)}</Figure>
        <Figure label={t('restore.download')}>{bytes(data.downloadBytes)}</Figure>
        <Figure label={t('restore.sumBackups')}>{number(data.parts.length)}</Figure>
      </Figures>
    </section>
  )
}
