import './nonce.ts'
import '@mantine/core/styles.css'
import './window.css'
import { Popover } from './features/popover/popover.tsx'
import { startPage } from './start-page.tsx'

await startPage(<Popover />)
