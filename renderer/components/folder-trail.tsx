import { Anchor, Breadcrumbs } from '@mantine/core'
import { useWords } from '../words/use-words.ts'
import styles from './folder-trail.module.css'

/** The way from the top of a backup to a folder; each step opens what it names. */
export function FolderTrail({ folder, onOpen }: { folder: string; onOpen: (path: string) => void }) {
  const { t } = useWords()
  const names = folder ? folder.split('/') : []
  return (
    <nav aria-label={t('files.path')} className={styles.trail}>
      <Breadcrumbs separator="/" separatorMargin={6}>
        <Anchor component="button" type="button" size="sm" onClick={() => onOpen('')}>
          {t('files.root')}
        </Anchor>
        {names.map((name, index) => {
          const path = names.slice(0, index + 1).join('/')
          return (
            <Anchor key={path} component="button" type="button" size="sm" onClick={() => onOpen(path)}>
              {name}
            </Anchor>
          )
        })}
      </Breadcrumbs>
    </nav>
  )
}
