import { Button, Center } from '@mantine/core'
import { Component, type ReactNode } from 'react'
import { ErrorNote } from '../../components/error-note.tsx'
import { useWords } from '../../words/use-words.ts'

/** Keeps a mistake of the window from leaving it blank: it says so, and the person can load it anew. The engine is not concerned. */
export class CrashGuard extends Component<{ children: ReactNode }, { crashed: boolean }> {
  override state = { crashed: false }

  static getDerivedStateFromError(): { crashed: boolean } {
    return { crashed: true }
  }

  override render(): ReactNode {
    return this.state.crashed ? <Crashed /> : this.props.children
  }
}

function Crashed() {
  const { t } = useWords()
  return (
    <Center h="100vh" p="xl">
      <ErrorNote error={{ code: 'internal', data: {}, retry: 'retry' }}>
        <Button size="xs" onClick={() => window.location.reload()}>
          {t('common.retry')}
        </Button>
      </ErrorNote>
    </Center>
  )
}
