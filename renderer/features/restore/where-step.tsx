import { Button, Group, Radio, SegmentedControl, Stack, Text, TextInput } from '@mantine/core'
import { useCallback, useEffect } from 'react'
import { ErrorNote } from '../../components/error-note.tsx'
import { useFolderChoice } from '../../components/forms/use-folder-choice.tsx'
import type { Answer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './restore.module.css'
import { originalFolderOf, type RestoreOrder } from './restore-order.ts'

interface Props {
  order: RestoreOrder
  onChange: (part: Partial<RestoreOrder>) => void
  suggestion: Answer<'restore.suggestTarget'>
}

/** Where the files go, and what happens to files that are there. A new folder is the default: it touches nothing. */
export function WhereStep({ order, onChange, suggestion }: Props) {
  const { t } = useWords()
  const suggested = suggestion.busy ? undefined : suggestion.data?.path
  const fresh = suggested !== undefined && suits(order, suggested) ? suggested : undefined
  const original = originalFolderOf(suggestion.data?.originals ?? [])
  const folder = useFolderChoice(
    useCallback((path: string) => onChange({ target: 'other', into: path }), [onChange]),
  )
  const isFresh = order.target === 'new' || order.target === 'file'

  useEffect(() => {
    if (fresh && isFresh && order.into === '') onChange({ into: fresh })
  }, [fresh, isFresh, order.into, onChange])

  const aim = (target: string): void => {
    if (target === 'original') onChange({ target, into: original ?? '', existing: 'replace' })
    else onChange({ target: target as RestoreOrder['target'], into: '', existing: 'rename' })
  }

  const targets = ['new', ...(original ? ['original'] : []), 'other', 'file'] as const

  return (
    <Stack gap="lg">
      <Radio.Group label={t('restore.whereTitle')} value={order.target} onChange={aim}>
        <div className={styles.choices}>
          {targets.map((target) => {
            const name = target === 'new' ? 'newFolder' : target === 'file' ? 'oneFile' : target
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
      {order.target === 'file' && (
        <SegmentedControl
          aria-label={t('restore.packAs')}
          data={[
            { value: 'zip', label: t('restore.zip') },
            { value: 'tar', label: t('restore.tar') },
          ]}
          value={order.pack}
          onChange={(value) => onChange({ pack: value === 'tar' ? 'tar' : 'zip', into: '' })}
          style={{ alignSelf: 'flex-start' }}
        />
      )}
      <Group align="flex-end" gap="xs" wrap="nowrap">
        <TextInput
          flex={1}
          label={t(order.target === 'file' ? 'restore.filePath' : 'restore.path')}
          value={order.into}
          readOnly={order.target === 'original'}
          onChange={(event) => onChange({ into: event.currentTarget.value })}
        />
        {order.target !== 'original' && order.target !== 'file' && (
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
      {folder.dialog}
    </Stack>
  )
}

/** What was suggested for another kind of target is still there while the next suggestion is on its way. */
function suits({ target, pack }: RestoreOrder, path: string): boolean {
  const isZip = path.endsWith('.zip')
  const isTar = path.endsWith('.tar.gz')
  if (target !== 'file') return !isZip && !isTar
  return pack === 'zip' ? isZip : isTar
}
