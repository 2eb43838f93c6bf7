import { Text } from '@mantine/core'
import { Card } from '../../components/card.tsx'
import { ErrorNote } from '../../components/error-note.tsx'
import { Section } from '../../components/section.tsx'
import { useAnswer } from '../../store/use-answer.ts'
import { useSlice } from '../../store/use-engine.ts'
import { useWords } from '../../words/use-words.ts'
import { RepositoryKeys } from './repository-keys.tsx'

/** What opens the encrypted backups: kit, passphrases, keys. One card a repository; nearly everybody has one. */
export function Security() {
  const { t } = useWords()
  const status = useSlice('status')
  const answer = useAnswer('repository.list', {}, status)
  const repositories = answer.data ?? []
  return (
    <Section title={t('security.title')} testId="security">
      {answer.error && <ErrorNote error={answer.error} />}
      {answer.data && repositories.length === 0 && (
        <Card>
          <Text c="dimmed">{t('security.none')}</Text>
        </Card>
      )}
      {repositories.map((repository) => (
        <RepositoryKeys
          key={repository.id}
          repository={repository}
          named={repositories.length > 1}
          onChanged={answer.again}
        />
      ))}
    </Section>
  )
}
