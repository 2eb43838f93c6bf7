import { Anchor, Loader, Text } from '@mantine/core'
import { IconCheck, IconFile, IconFolder, IconLink, IconMinus } from '@tabler/icons-react'
import { useState } from 'react'
import type { CallOutput } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { ToneBadge } from '../../components/tone.tsx'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import { PathTrail } from './path-trail.tsx'
import styles from './sync.module.css'

type Entry = CallOutput<'sync.previewIgnore'>['entries'][number]

/** What of a folder would be synced: the totals, and each entry with the pattern that leaves it out. */
export function IgnorePreview({
  folder,
  only,
  ignore,
}: {
  folder: string
  only: readonly string[]
  ignore: readonly string[]
}) {
  const { t, bytes } = useWords()
  const [path, setPath] = useState('')
  const { data, error, busy } = useAnswer('sync.previewIgnore', {
    folder,
    only: [...only],
    ignore: [...ignore],
    path,
  })
  return (
    <section aria-label={t('syncPage.preview.title')} data-testid="ignore-preview" aria-busy={busy}>
      <Text size="sm" fw={560} role="status" mb={6}>
        {data
          ? [
              t('syncPage.preview.in', { count: data.files, size: bytes(data.bytes) }),
              t('syncPage.preview.out', { count: data.ignoredFiles }),
            ].join(' ')
          : t('syncPage.preview.title')}
      </Text>
      {error && <ErrorNote error={error} />}
      {path !== '' && <PathTrail path={path} onOpen={setPath} />}
      {!data && busy && <Loader size="sm" m="md" aria-label={t('common.loading')} />}
      {data && data.entries.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard.
        <ul className={styles.entries} tabIndex={0} aria-label={t('syncPage.preview.entries')}>
          {data.entries.map((entry) => (
            <PreviewRow
              key={entry.name}
              entry={entry}
              onOpen={() => setPath(path === '' ? entry.name : `${path}/${entry.name}`)}
            />
          ))}
        </ul>
      )}
      {data?.entries.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('files.empty')}
        </Text>
      )}
    </section>
  )
}

function PreviewRow({ entry, onOpen }: { entry: Entry; onOpen: () => void }) {
  const { t } = useWords()
  const { name, kind, isChosen, pattern } = entry
  // What no pattern of the person leaves out: files of the sync itself.
  const isOwn = pattern === 'always'
  const KindIcon = kind === 'directory' ? IconFolder : kind === 'symlink' ? IconLink : IconFile
  return (
    <li data-chosen={isChosen}>
      <KindIcon size={17} aria-hidden />
      {kind === 'directory' && isChosen ? (
        <Anchor
          component="button"
          type="button"
          size="sm"
          className={styles.anywhere}
          aria-label={t('files.open', { name })}
          onClick={onOpen}
        >
          {name}
        </Anchor>
      ) : (
        <span className={styles.anywhere}>{name}</span>
      )}
      <span className={styles.why}>
        {isChosen ? (
          <ToneBadge tone="ok" icon={IconCheck}>
            {t('syncPage.preview.chosen')}
          </ToneBadge>
        ) : (
          <>
            {pattern !== undefined && !isOwn && <code>{pattern}</code>}
            <ToneBadge tone="calm" icon={IconMinus}>
              {isOwn
                ? t('syncPage.preview.always')
                : t(pattern === undefined ? 'syncPage.preview.notChosen' : 'syncPage.preview.leftOut')}
            </ToneBadge>
          </>
        )}
      </span>
    </li>
  )
}
