import './nonce.ts'
import '@mantine/core/styles.css'
import './window.css'
import { createRoot } from 'react-dom/client'
import { z } from 'zod'
import { Popover } from './features/popover/popover.tsx'
import { openLink } from './link/open-link.ts'
import { Providers } from './providers.tsx'
import { createEngine } from './store/engine.ts'
import { startWords } from './words/start-words.ts'

// The content security policy forbids `eval`, which zod would otherwise try for speed.
z.config({ jitless: true })

await startWords(navigator.language)
const engine = createEngine(openLink(window))

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <Providers engine={engine}>
      <Popover />
    </Providers>,
  )
}
