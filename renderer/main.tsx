import './nonce.ts'
import '@mantine/core/styles.css'
import './window.css'
import { App } from './features/shell/app.tsx'
import { startPage } from './start-page.tsx'

await startPage(<App />)
