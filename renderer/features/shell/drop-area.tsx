import { Text, Title } from '@mantine/core'
import { IconFolderPlus } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { droppedPaths, takesDrops } from '../../link/dropped-paths.ts'
import { layDown } from '../../store/dropped.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './drop-area.module.css'

/** The whole window takes folders that are dropped on it, and lays their paths down for whoever shows them. */
export function DropArea() {
  const { t } = useWords()
  const [isOver, setOver] = useState(false)

  useEffect(() => {
    if (!takesDrops(window)) return
    const over = (event: DragEvent): void => {
      if (!event.dataTransfer?.types.includes('Files')) return
      event.preventDefault()
      event.dataTransfer.dropEffect = 'copy'
      setOver(true)
    }
    // Moving from one element to the next inside the window leaves the first one too.
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false)
    }
    const drop = (event: DragEvent): void => {
      setOver(false)
      if (!event.dataTransfer?.types.includes('Files')) return
      event.preventDefault()
      layDown(droppedPaths(window, event.dataTransfer.files))
    }
    window.addEventListener('dragover', over)
    window.addEventListener('dragleave', leave)
    window.addEventListener('drop', drop)
    return () => {
      window.removeEventListener('dragover', over)
      window.removeEventListener('dragleave', leave)
      window.removeEventListener('drop', drop)
    }
  }, [])

  if (!isOver) return null
  return (
    <div className={styles.area} data-testid="drop-area">
      <div className={styles.inner}>
        <IconFolderPlus size={56} stroke={1.4} aria-hidden />
        <Title order={2}>{t('drop.here')}</Title>
        <Text c="dimmed">{t('drop.hint')}</Text>
      </div>
    </div>
  )
}
