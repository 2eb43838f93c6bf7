import { Button, Group, Radio, Select, Stack, Text, TextInput } from '@mantine/core'
import { useCallback, useEffect } from 'react'
import { ErrorNote } from '../../components/error-note.tsx'
import { useFolderChoice } from '../../components/use-folder-choice.tsx'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './restore.module.css'
import { originalFolderOf, type RestoreOrder } from './restore-order.ts'

interface Props {
  order: RestoreOrder
  onChange: (part: Partial<RestoreOrder>) => void
}

/** Where the files go, what happens to files that are there, and which copy is read. A new folder is the default: it touches nothing. */
export function WhereStep({ order, onChange }: Props) {
  const { t } = useWords()
  const backupId = order.backup?.id
  const suggestion = useAnswer('restore.suggestTarget', backupId ? { backupId } : null)
  const fresh = suggestion.data?.path
  const original = originalFolderOf(suggestion.data?.originals ?? [])
  const folder = useFolderChoice(
    useCallback((path: string) => onChange({ target: 'other', into: path }), [onChange]),
  )

  useEffect(() => {
    if (fresh && order.target === 'new' && order.into === '') onChange({ into: fresh })
  }, [fresh, order.target, order.into, onChange])

  const aim = (target: string): void => {
    if (target === 'new') onChange({ target, into: fresh ?? '' })
    else if (target === 'original') onChange({ target, into: original ?? '', existing: 'replace' })
    else onChange({ target: 'other', into: '' })
  }

  const copies = (order.backup?.copies ?? []).filter((copy) => copy.state === 'synced')
  const targets = ['new', ...(original ? ['original'] : []), 'other'] as const

  return (
    <Stack gap="lg">
      <Radio.Group label={t('restore.whereTitle')} value={order.target} onChange={aim}>
        <div className={styles.choices}>
          {targets.map((target) => {
            const name = target === 'new' ? 'newFolder' : target
            return (
              <Radio.Card key={target} value={target} className={styles.choice} radius="md">
                <Group gap="sm" wrap="nowrap" align="flex-start">
                  <Radio.Indicator mt={2} />
                  <div>
                    <Text size="sm" fw={600}>
                      {t(`restore.${name}`)}
                    </Text>
                    <Text size="xs" c="dimmed">
                      {t(`restore.${name}Hint`)}
                    </Text>
                  </div>
                </Group>
              </Radio.Card>
            )
          })}
        </div>
      </Radio.Group>
      {suggestion.error && <ErrorNote error={suggestion.error} />}
      <Group align="flex-end" gap="xs" wrap="nowrap">
        <TextInput
          flex={1}
          label={t('restore.path')}
          value={order.into}
          readOnly={order.target === 'original'}
          onChange={(event) => onChange({ into: event.currentTarget.value })}
        />
        {order.target !== 'original' && (
          <Button variant="default" onClick={folder.choose}>
            {t('restore.browse')}
          </Button>
        )}
      </Group>
      <Radio.Group
        label={t('restore.existing')}
        value={order.existing}
        onChange={(value) => onChange({ existing: value as RestoreOrder['existing'] })}
      >
        <Group mt="xs" gap="xl" align="flex-start">
          {(['rename', 'skip', 'replace'] as const).map((policy) => (
            <Radio
              key={policy}
              value={policy}
              label={t(`restore.${policy}`)}
              description={t(`restore.${policy}Hint`)}
            />
          ))}
        </Group>
      </Radio.Group>
      {copies.length > 1 && (
        <Select
          label={t('restore.from')}
          placeholder={t('restore.fromBest')}
          clearable
          clearButtonProps={{ 'aria-label': t('restore.fromBest') }}
          maw={360}
          data={copies.map((copy) => ({ value: copy.placeId, label: copy.placeName }))}
          value={order.placeId ?? null}
          onChange={(value) => onChange({ placeId: value ?? undefined })}
        />
      )}
      {folder.dialog}
    </Stack>
  )
}
