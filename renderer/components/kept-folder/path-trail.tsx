import { Anchor, Breadcrumbs } from '@mantine/core'
import { useWords } from '../../words/use-words.ts'
import styles from './kept-folder.module.css'

/** Where one is inside a folder, each step a way back. `label` says what it is the inside of. */
export function PathTrail({
  path,
  label,
  onOpen,
}: {
  path: string
  label: string
  onOpen: (path: string) => void
}) {
  const { t } = useWords()
  const names = path === '' ? [] : path.split('/')
  const steps = ['', ...names.map((_, index) => names.slice(0, index + 1).join('/'))]
  return (
    <nav aria-label={label} className={styles.trail}>
      <Breadcrumbs separator="/" separatorMargin={6}>
        {steps.map((step, index) => (
          <Anchor
            key={step}
            component="button"
            type="button"
            size="sm"
            aria-current={step === path ? 'location' : undefined}
            onClick={() => onOpen(step)}
          >
            {index === 0 ? t('files.root') : names[index - 1]}
          </Anchor>
        ))}
      </Breadcrumbs>
    </nav>
  )
}
