import { Text } from '@mantine/core'
import { Card } from '../../components/card.tsx'
import { Section } from '../../components/section.tsx'
import { useWords } from '../../words/use-words.ts'
import { CleanupButton } from '../backups/cleanup.tsx'
import { ThinOutButton } from '../retention/thin-out.tsx'
import styles from './storage.module.css'

/** The two ways to make room; each shows what would go before anything does. */
export function CleanUp() {
  const { t } = useWords()
  return (
    <Section title={t('storagePage.cleanUp')} testId="clean-up">
      <Card>
        <div className={styles.step}>
          <Text flex="1 1 320px">{t('storagePage.thin')}</Text>
          <ThinOutButton />
        </div>
        <div className={styles.step}>
          <Text flex="1 1 320px">{t('storagePage.remove')}</Text>
          <CleanupButton />
        </div>
      </Card>
    </Section>
  )
}
