import type { ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import { z } from 'zod'
import { openLink } from './link/open-link.ts'
import { Providers } from './providers.tsx'
import { createEngine } from './store/engine.ts'
import { startWords } from './words/start-words.ts'

/** Draws a page over a link of its own to the engine, once its words are there. */
export async function startPage(page: ReactNode): Promise<void> {
  // The content security policy forbids `eval`, which zod would otherwise try for speed.
  z.config({ jitless: true })

  await startWords(navigator.language)
  const engine = createEngine(openLink(window))

  const root = document.getElementById('root')
  if (root) createRoot(root).render(<Providers engine={engine}>{page}</Providers>)
}
