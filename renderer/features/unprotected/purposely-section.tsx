import { Button, Text } from '@mantine/core'
import type { OutsideFolder } from '../../../main/contract/index.ts'
import { Card } from '../../components/card.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { Section } from '../../components/section.tsx'
import { useAction } from '../../store/use-action.ts'
import { useWords } from '../../words/use-words.ts'
import { AmountText } from './amount-text.tsx'
import styles from './unprotected.module.css'

/** Folders of which somebody said that they need no backup; each can be taken back. */
export function PurposelySection({
  folders,
  onChanged,
}: {
  folders: readonly OutsideFolder[]
  onChanged: () => void
}) {
  const { t } = useWords()
  const accept = useAction('unprotected.accept')
  if (folders.length === 0) return null
  const takeBack = async (path: string): Promise<void> => {
    if (await accept.act({ path, onPurpose: false })) onChanged()
  }
  return (
    <Section title={t('unprotectedPage.purposely')} testId="purposely">
      <Card>
        <ul className={styles.list}>
          {folders.map(({ path, name, amount }) => (
            <li key={path} className={styles.row}>
              <Text className={styles.what}>{path}</Text>
              <AmountText amount={amount} />
              <Button
                size="xs"
                variant="default"
                disabled={accept.busy}
                aria-label={t('unprotectedPage.takeBackNamed', { name })}
                onClick={() => takeBack(path)}
              >
                {t('unprotectedPage.takeBack')}
              </Button>
            </li>
          ))}
        </ul>
        {accept.error && <ErrorNote error={accept.error} />}
      </Card>
    </Section>
  )
}
