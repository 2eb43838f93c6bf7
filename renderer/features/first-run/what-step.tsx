import { Button, Checkbox, Group, Loader, Stack, Text, Title } from '@mantine/core'
import {
  type Icon,
  IconArrowRight,
  IconCode,
  IconDeviceDesktop,
  IconDownload,
  IconFileText,
  IconFolder,
  IconFolderPlus,
  IconHome,
  IconMusic,
  IconPhoto,
  IconVideo,
} from '@tabler/icons-react'
import { useCallback, useEffect, useState } from 'react'
import type { CallOutput } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { Presets } from '../../components/forms/presets.tsx'
import { useFolderChoice } from '../../components/forms/use-folder-choice.tsx'
import { layDown, useDropped } from '../../store/dropped.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './first-run.module.css'

type Kind = CallOutput<'source.suggest'>[number]['kind']

/** What a person wants safe. */
export interface SourceChoice {
  readonly folders: readonly { readonly path: string; readonly kind?: Kind; readonly ticked: boolean }[]
  readonly presets: readonly string[]
  readonly bytes: number | undefined
}

type Folder = SourceChoice['folders'][number]

const kindIcons: Record<Kind, Icon> = {
  documents: IconFileText,
  pictures: IconPhoto,
  desktop: IconDeviceDesktop,
  music: IconMusic,
  videos: IconVideo,
  projects: IconCode,
  downloads: IconDownload,
  home: IconHome,
}

/** Usual folders, ticked and measured; anything else can be added, and what can be made again is left out. */
export function WhatStep({
  before,
  onNext,
}: {
  before: SourceChoice | undefined
  onNext: (choice: SourceChoice) => void
}) {
  const { t, bytes } = useWords()
  const suggested = useAnswer('source.suggest', before ? null : {})
  const [folders, setFolders] = useState<SourceChoice['folders']>(before?.folders ?? [])
  const [presets, setPresets] = useState<readonly string[]>(
    before?.presets ?? ['caches', 'build', 'temporary'],
  )
  const addFolder = useCallback(
    (path: string) => setFolders((now) => withFolder(now, { path, ticked: true })),
    [],
  )
  const dialog = useFolderChoice(addFolder)

  const suggestions = suggested.data
  useEffect(() => {
    // What a person added before the suggestions came stays.
    if (suggestions) setFolders((now) => now.reduce(withFolder, suggestions))
  }, [suggestions])

  const dropped = useDropped()
  useEffect(() => {
    for (const path of dropped) addFolder(path)
    if (dropped.length > 0) layDown([])
  }, [dropped, addFolder])

  const sources = folders.filter((folder) => folder.ticked).map((folder) => folder.path)
  const total = useAnswer(
    'source.measure',
    sources.length > 0 ? { sources, excludePresets: [...presets] } : null,
  )
  const tick = (path: string, ticked: boolean): void =>
    setFolders((now) => now.map((folder) => (folder.path === path ? { ...folder, ticked } : folder)))

  return (
    <Stack gap="lg">
      <div>
        <Title order={1} size="h2">
          {t('firstRun.whatTitle')}
        </Title>
        <Text c="dimmed">{t('firstRun.whatBody')}</Text>
      </div>
      {suggested.error && <ErrorNote error={suggested.error} />}
      {suggested.busy && <Loader size="sm" aria-label={t('common.loading')} />}
      <ul className={styles.folders} data-testid="sources">
        {folders.map((folder) => (
          <FolderRow
            key={folder.path}
            folder={folder}
            presets={presets}
            onTick={(ticked) => tick(folder.path, ticked)}
          />
        ))}
      </ul>
      <Button
        variant="light"
        w="fit-content"
        leftSection={<IconFolderPlus size={17} aria-hidden />}
        onClick={dialog.choose}
      >
        {t('firstRun.addFolder')}
      </Button>
      <Presets chosen={presets} onChange={setPresets} />
      {total.error && <ErrorNote error={total.error} />}
      <Group justify="space-between" className={styles.foot}>
        <div role="status" data-testid="total">
          <Text size="sm" c="dimmed">
            {t('firstRun.total')}
          </Text>
          <Text fw={650} size="lg" className="tabular">
            {sources.length === 0
              ? t('firstRun.chooseOne')
              : total.busy || !total.data
                ? t('firstRun.measuring')
                : t('firstRun.totalValue', {
                    size: bytes(total.data.bytes),
                    files: t('count.files', { count: total.data.files }),
                  })}
          </Text>
        </div>
        <Button
          size="md"
          disabled={sources.length === 0}
          rightSection={<IconArrowRight size={17} aria-hidden />}
          onClick={() => onNext({ folders, presets, bytes: total.busy ? undefined : total.data?.bytes })}
        >
          {t('common.next')}
        </Button>
      </Group>
      {dialog.dialog}
    </Stack>
  )
}

function FolderRow({
  folder,
  presets,
  onTick,
}: {
  folder: Folder
  presets: readonly string[]
  onTick: (ticked: boolean) => void
}) {
  const { t, bytes } = useWords()
  const size = useAnswer('source.measure', { sources: [folder.path], excludePresets: [...presets] })
  const FolderIcon = folder.kind ? kindIcons[folder.kind] : IconFolder
  return (
    <li>
      <Checkbox
        checked={folder.ticked}
        aria-label={t('firstRun.include', { path: folder.path })}
        onChange={(event) => onTick(event.currentTarget.checked)}
      />
      <FolderIcon size={22} stroke={1.6} aria-hidden />
      <div className={styles.grow}>
        <Text fw={560}>{folder.kind ? t(`folders.kind.${folder.kind}`) : lastName(folder.path)}</Text>
        <Text size="xs" c="dimmed" className={styles.path}>
          {folder.path}
        </Text>
      </div>
      <Text size="sm" className={styles.size}>
        {size.error ? '–' : size.busy ? t('firstRun.measuring') : bytes(size.data?.bytes ?? 0)}
      </Text>
    </li>
  )
}

/** The folders with one more, ticked where it is there already. */
function withFolder(folders: SourceChoice['folders'], added: Folder): SourceChoice['folders'] {
  return folders.some(({ path }) => path === added.path)
    ? folders.map((folder) => (folder.path === added.path ? { ...folder, ticked: true } : folder))
    : [...folders, added]
}

function lastName(path: string): string {
  return path.split(/[\\/]/).filter(Boolean).at(-1) ?? path
}
