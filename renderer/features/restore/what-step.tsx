import { Grid, Group, Radio, SegmentedControl, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import type { Backup } from '../../../main/contract/index.ts'
import { FileBrowser } from '../../components/lists/file-browser.tsx'
import { PathList } from '../../components/lists/path-list.tsx'
import { useWords } from '../../words/use-words.ts'
import { BackupChoice } from './backup-choice.tsx'
import { Basket } from './basket.tsx'
import { FileSearch } from './file-search.tsx'
import { type RestoreOrder, withPaths, withWhole } from './restore-order.ts'

interface Props {
  order: RestoreOrder
  onChange: (part: Partial<RestoreOrder>) => void
}

type Way = 'backups' | 'calendar' | 'search'

/** What comes back: out of a backup from the list or the calendar, or files found by name over all backups. */
export function WhatStep({ order, onChange }: Props) {
  const { t } = useWords()
  const [way, setWay] = useState<Way>('backups')
  return (
    <Stack gap="lg">
      <SegmentedControl
        aria-label={t('restore.way.label')}
        data={(['backups', 'calendar', 'search'] as const).map((value) => ({
          value,
          label: t(`restore.way.${value}`),
        }))}
        value={way}
        onChange={(value) => setWay(value as Way)}
        style={{ alignSelf: 'flex-start' }}
      />
      {way === 'search' ? (
        <FileSearch order={order} onChange={onChange} />
      ) : (
        <Grid gap="xl">
          <Grid.Col span={{ base: 12, md: 5 }}>
            <BackupChoice order={order} onChange={onChange} withCalendar={way === 'calendar'} />
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 7 }}>
            {order.backup && <Scope order={order} backup={order.backup} onChange={onChange} />}
          </Grid.Col>
        </Grid>
      )}
      <Basket order={order} onChange={onChange} />
    </Stack>
  )
}

function Scope({ order, backup, onChange }: Props & { backup: Backup }) {
  const { t, bytes } = useWords()
  const own = order.items.filter((item) => item.backup.id === backup.id)
  const isWhole = own.some(({ path }) => path === undefined)
  return (
    <Stack>
      <Radio.Group
        label={t('restore.scope')}
        value={isWhole ? 'everything' : 'some'}
        onChange={(value) => onChange(withWhole(order, backup, value === 'everything'))}
      >
        <Group mt="xs" gap="lg" align="flex-start">
          <Radio
            value="everything"
            label={t('restore.everything')}
            description={t('restore.everythingHint', {
              files: t('count.files', { count: backup.files }),
              size: bytes(backup.sourceBytes),
            })}
          />
          <Radio value="some" label={t('restore.some')} />
        </Group>
      </Radio.Group>
      {isWhole ? (
        <PathList paths={backup.sources} label={t('backups.sources')} />
      ) : (
        <>
          <FileBrowser
            key={backup.id}
            backupId={backup.id}
            choice={{
              paths: own.flatMap(({ path }) => (path === undefined ? [] : [path])),
              onChange: (paths) => onChange(withPaths(order, backup, paths)),
            }}
          />
          <Text size="sm" c="dimmed">
            {t('restore.acrossHint')}
          </Text>
        </>
      )}
    </Stack>
  )
}
