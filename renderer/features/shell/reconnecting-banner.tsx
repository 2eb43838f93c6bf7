import { Loader } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useStore } from 'zustand'
import { useEngine } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import styles from './reconnecting-banner.module.css'

/** Says calmly that the link is down. A break shorter than a moment shows nothing. */
export function ReconnectingBanner() {
  const { t } = useWords()
  const down = useStore(useEngine().link, (link) => link.state === 'down')
  const [shown, setShown] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setShown(down), down ? 600 : 0)
    return () => clearTimeout(timer)
  }, [down])

  return (
    <div role="status" aria-live="polite">
      {shown && (
        <div className={styles.banner} data-testid="reconnecting">
          <Loader size={16} color="currentColor" aria-hidden />
          {t('link.reconnecting')}
        </div>
      )}
    </div>
  )
}
