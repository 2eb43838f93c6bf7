import { Loader, Radio, SegmentedControl, Select, Skeleton, Stack, Text } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import type { VersionPreview } from '../../../main/contract/index.ts'
import { ErrorNote } from '../../components/error-note.tsx'
import { useAction } from '../../store/use-action.ts'
import { useAnswer } from '../../store/use-answer.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './basket-step.module.css'
import type { BasketItem } from './restore-order.ts'

const LineDiff = lazy(() => import('../../components/lists/line-diff.tsx'))

const MOST_CHARACTERS = 40_000
const NOW = 'now'

/** Versions of a file that really differ, one of them chosen, and what is in it: alone, or beside what lies there now or another version. */
export function Comparison({
  item,
  onChoose,
}: {
  item: BasketItem & { readonly path: string }
  onChoose: (item: BasketItem) => void
}) {
  const { t, exact, bytes } = useWords()
  const { backup, path } = item
  const versions = useAnswer('restore.versions', { backupId: backup.id, path })
  const look = useAction('backup.get')
  const [isComparing, setIsComparing] = useState(false)
  const [other, setOther] = useState<string>(NOW)
  const choose = async (id: string): Promise<void> => {
    const chosen = await look.act({ id })
    if (chosen) onChoose({ backup: chosen, path })
  }
  const named = (versions.data ?? []).map((version) => ({
    ...version,
    label: `${exact(version.createdAt)} · ${bytes(version.sizeBytes)}`,
  }))
  // The version of the item may be held by several backups, of which the newest stands for it.
  const isListed = named.some(({ backupId }) => backupId === backup.id)
  if (versions.error) return <ErrorNote error={versions.error} />
  if (!versions.data) return <Loader size="sm" m="sm" aria-label={t('common.loading')} />
  if (named.length === 0)
    return (
      <Text size="sm" c="dimmed" mt="sm">
        {t('restore.noVersions')}
      </Text>
    )
  return (
    <Stack gap="sm" mt="sm" className={styles.comparison} data-testid="comparison">
      <Radio.Group
        label={t('restore.differing', { count: named.length })}
        value={isListed ? backup.id : ''}
        onChange={(id) => void choose(id)}
      >
        <Stack gap={6} mt={6}>
          {named.map(({ backupId, label, backups }) => (
            <Radio
              key={backupId}
              value={backupId}
              label={label}
              description={t('find.in', { count: backups })}
            />
          ))}
        </Stack>
      </Radio.Group>
      {look.error && <ErrorNote error={look.error} />}
      <SegmentedControl
        size="xs"
        aria-label={t('restore.lookHow')}
        data={[
          { value: 'preview', label: t('restore.lookAt') },
          { value: 'compare', label: t('restore.compare') },
        ]}
        value={isComparing ? 'compare' : 'preview'}
        onChange={(value) => setIsComparing(value === 'compare')}
        style={{ alignSelf: 'flex-start' }}
      />
      {isComparing ? (
        <>
          <Select
            maw={340}
            label={t('restore.compareWith')}
            allowDeselect={false}
            data={[
              { value: NOW, label: t('restore.liesNow') },
              ...named
                .filter(({ backupId }) => backupId !== backup.id)
                .map(({ backupId, label }) => ({ value: backupId, label })),
            ]}
            value={other}
            onChange={(value) => setOther(value ?? NOW)}
          />
          <Sides item={item} other={other} title={exact(backup.createdAt)} />
        </>
      ) : (
        <PreviewOf backupId={backup.id} path={path} />
      )}
    </Stack>
  )
}

function PreviewOf({ backupId, path }: { backupId: string; path: string }) {
  const { t } = useWords()
  const { data, error } = useAnswer('restore.preview', { backupId, path })
  if (error) return <ErrorNote error={error} />
  if (!data) return <Loader size="sm" m="sm" aria-label={t('common.loading')} />
  return <Shown preview={data} path={path} />
}

/** A picture, a text, or the word that neither can be shown. */
function Shown({ preview: { image, text }, path }: { preview: VersionPreview; path: string }) {
  const { t } = useWords()
  if (image) return <img className={styles.picture} src={image} alt={path} data-testid="preview" />
  if (text === undefined)
    return (
      <Text size="sm" c="dimmed" data-testid="preview">
        {t('syncPage.noPreview')}
      </Text>
    )
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard.
    <pre className={styles.text} tabIndex={0} data-testid="preview">
      {text.slice(0, MOST_CHARACTERS)}
      {text.length > MOST_CHARACTERS && '…'}
    </pre>
  )
}

function Sides({
  item: { backup, path },
  other,
  title,
}: {
  item: BasketItem & { readonly path: string }
  other: string
  title: string
}) {
  const { t } = useWords()
  const isNow = other === NOW
  const own = useAnswer('restore.preview', { backupId: backup.id, path })
  const now = useAnswer('restore.present', isNow ? { backupId: backup.id, path } : null)
  const older = useAnswer('restore.preview', isNow ? null : { backupId: other, path })
  const failed = own.error ?? (isNow ? now.error : older.error)
  const theirs = isNow ? now.data?.preview : older.data
  const isReady = own.data && !own.busy && !(isNow ? now.busy : older.busy)
  if (failed) return <ErrorNote error={failed} />
  if (!isReady) return <Skeleton h={120} />
  if (!theirs) return <Text size="sm">{t('restore.nothingThere')}</Text>
  const titles = { left: t(isNow ? 'restore.liesNow' : 'restore.otherVersion'), right: title }
  if (own.data?.text !== undefined && theirs.text !== undefined)
    return (
      <Suspense fallback={<Skeleton h={120} />}>
        <LineDiff
          left={{ title: titles.left, text: theirs.text }}
          right={{ title: titles.right, text: own.data.text }}
        />
      </Suspense>
    )
  return (
    <div className={styles.sides}>
      {[
        { title: titles.left, preview: theirs },
        { title: titles.right, preview: own.data },
      ].map((side) => (
        <div key={side.title}>
          <Text size="sm" fw={560}>
            {side.title}
          </Text>
          {side.preview && <Shown preview={side.preview} path={path} />}
        </div>
      ))}
    </div>
  )
}
