import { MantineProvider } from '@mantine/core'
import type { ReactNode } from 'react'
import { styleNonce } from './nonce.ts'
import type { Engine } from './store/engine.ts'
import { EngineContext } from './store/use-engine.ts'
import { cssVariables, theme } from './theme.ts'

/** What every component stands on: the look and the link to the engine. */
export function Providers({ engine, children }: { engine: Engine; children: ReactNode }) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => styleNonce}
    >
      <EngineContext value={engine}>{children}</EngineContext>
    </MantineProvider>
  )
}
