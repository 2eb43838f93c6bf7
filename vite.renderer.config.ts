import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const folder = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** The window never speaks as the command line does, but for what the audit log says: without those words it is a tenth lighter. */
const windowWords: Plugin = {
  name: 'window-words',
  enforce: 'pre',
  transform(code, id) {
    if (!/[\\/]assets[\\/]locales[\\/]\w+\.json$/.test(id)) return
    const { cli, ...words } = JSON.parse(code)
    return { code: JSON.stringify({ ...words, cli: { log: cli.log } }), map: null }
  },
}

/** Builds the window into `dist/renderer`. Relative addresses, so that it works from `app://ui/` and over HTTP alike. */
export default defineConfig({
  root: folder('renderer'),
  base: './',
  plugins: [windowWords, react()],
  build: {
    outDir: folder('dist/renderer'),
    emptyOutDir: true,
    target: 'es2023',
    // Everything is a file of its own: the content security policy allows no inline script and no data: font or script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1_500,
    // The window, and the small one at the tray's icon.
    rolldownOptions: {
      input: [folder('renderer/index.html'), folder('renderer/popover.html')],
      output: {
        // What is needed at once comes in two files, and not in a hundred: each that is asked for has its price.
        // The pages that start are in neither, or both of them would start.
        codeSplitting: {
          groups: [
            { name: 'packages', tags: ['$initial'], test: /[\\/]node_modules[\\/]/, priority: 1 },
            { name: 'start', tags: ['$initial'], test: /[\\/]renderer[\\/]\w+[\\/]/ },
          ],
        },
      },
    },
  },
})
