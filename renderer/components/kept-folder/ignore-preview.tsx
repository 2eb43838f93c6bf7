import { Loader, Text } from '@mantine/core'
import { IconCheck, IconFile, IconFolder, IconLink, IconMinus } from '@tabler/icons-react'
import { useState } from 'react'
import type { IgnorePreview as IgnorePreviewed } from '../../../main/contract/index.ts'
import { type Answer, useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import { ErrorNote } from '../error-note.tsx'
import { ToneBadge } from '../tone.tsx'
import { OpenFolder } from './folder-contents.tsx'
import styles from './ignore-preview.module.css'
import shared from './kept-folder.module.css'
import { PathTrail } from './path-trail.tsx'

/** What a preview speaks of. */
export type PreviewWords = 'syncPage.preview' | 'mirrors.preview'

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
  const [path, setPath] = useState('')
  const answer = useAnswer('sync.previewIgnore', { folder, only: [...only], ignore: [...ignore], path })
  return <PreviewedFolder answer={answer} path={path} onOpen={setPath} words="syncPage.preview" />
}

/** One folder of a preview, as a synced folder or a mirror would have it. */
export function PreviewedFolder({
  answer: { data, error, busy },
  path,
  onOpen,
  words,
}: {
  answer: Pick<Answer<'sync.previewIgnore'>, 'data' | 'error' | 'busy'>
  path: string
  onOpen: (path: string) => void
  words: PreviewWords
}) {
  const { t, bytes } = useWords()
  return (
    <section aria-label={t(`${words}.title`)} data-testid="ignore-preview" aria-busy={busy}>
      <Text size="sm" fw={560} role="status" mb={6}>
        {data
          ? [
              t(`${words}.in`, { count: data.files, size: bytes(data.bytes) }),
              t(`${words}.out`, { count: data.ignoredFiles }),
            ].join(' ')
          : t(`${words}.title`)}
      </Text>
      {error && <ErrorNote error={error} />}
      {path !== '' && <PathTrail path={path} label={t('syncPage.files.path')} onOpen={onOpen} />}
      {!data && busy && <Loader size="sm" m="md" aria-label={t('common.loading')} />}
      {data && data.entries.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard.
        <ul className={styles.entries} tabIndex={0} aria-label={t('syncPage.preview.entries')}>
          {data.entries.map((entry) => (
            <PreviewRow
              key={entry.name}
              entry={entry}
              words={words}
              onOpen={() => onOpen(path === '' ? entry.name : `${path}/${entry.name}`)}
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

function PreviewRow({
  entry,
  words,
  onOpen,
}: {
  entry: IgnorePreviewed['entries'][number]
  words: PreviewWords
  onOpen: () => void
}) {
  const { t } = useWords()
  const { name, kind, isChosen, pattern } = entry
  // What no pattern of the person leaves out: files of the sync itself.
  const isOwn = pattern === 'always'
  const KindIcon = kind === 'directory' ? IconFolder : kind === 'symlink' ? IconLink : IconFile
  return (
    <li data-chosen={isChosen}>
      <KindIcon size={17} aria-hidden />
      {kind === 'directory' && isChosen ? (
        <OpenFolder name={name} onOpen={onOpen} />
      ) : (
        <span className={shared.anywhere}>{name}</span>
      )}
      <span className={styles.why}>
        {isChosen ? (
          <ToneBadge tone="ok" icon={IconCheck}>
            {t(`${words}.chosen`)}
          </ToneBadge>
        ) : (
          <>
            {pattern !== undefined && !isOwn && <code>{pattern}</code>}
            <ToneBadge tone="calm" icon={IconMinus}>
              {isOwn
                ? t(`${words}.always`)
                : t(pattern === undefined ? `${words}.notChosen` : `${words}.leftOut`)}
            </ToneBadge>
          </>
        )}
      </span>
    </li>
  )
}
