import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { IconHistory, IconShieldCheck } from '@tabler/icons-react'
import { useState } from 'react'
import { Logo } from '../../components/logo.tsx'
import { useWords } from '../../words/use-words.ts'
import { EnvImportDialog } from '../places/env-import.tsx'

interface Props {
  onCreate: () => void
  onRestore: () => void
  onLater: () => void
}

/** One sentence and two buttons. */
export function Welcome({ onCreate, onRestore, onLater }: Props) {
  const { t } = useWords()
  const [importing, setImporting] = useState(false)
  return (
    <Stack align="center" gap="lg">
      <Logo size={92} />
      <Title order={1} ta="center" maw={620}>
        {t('firstRun.welcome')}
      </Title>
      <Text ta="center" size="lg" c="dimmed" maw={560}>
        {t('firstRun.welcomeBody')}
      </Text>
      <Group justify="center" mt="md">
        <Button size="lg" leftSection={<IconShieldCheck size={20} aria-hidden />} onClick={onCreate}>
          {t('firstRun.create')}
        </Button>
        <Button
          size="lg"
          variant="default"
          leftSection={<IconHistory size={20} aria-hidden />}
          onClick={onRestore}
        >
          {t('firstRun.restore')}
        </Button>
      </Group>
      <Group justify="center" gap="xs">
        <Button variant="subtle" size="sm" onClick={() => setImporting(true)}>
          {t('firstRun.importEnv')}
        </Button>
        <Button variant="subtle" size="sm" onClick={onLater}>
          {t('firstRun.later')}
        </Button>
      </Group>
      <EnvImportDialog opened={importing} onClose={() => setImporting(false)} />
    </Stack>
  )
}
