import { builtinModules } from 'node:module'
import path from 'node:path'
import { defineConfig, type Plugin } from 'vite'

const root = import.meta.dirname
/** The address of a module of ours beside the code: what `new Worker(…)` is given. */
const MODULE_ADDRESS = /new URL\(\s*(['"])(\.{1,2}\/[^'"]+\.ts)\1\s*,\s*import\.meta\.url\s*,?\s*\)/g

/**
 * Worker threads start from files of their own. Each module whose address the code takes becomes an entry of the bundle,
 * and the address becomes that of the built file.
 */
function workerFiles(): Plugin {
  return {
    name: 'everstow-worker-files',
    applyToEnvironment: ({ name }) => name === 'program',
    transform(code, id) {
      if (!code.includes('import.meta.url')) return null
      const changed = code.replaceAll(MODULE_ADDRESS, (_match, _quote, relative: string) => {
        const file = path.resolve(path.dirname(id), relative)
        const reference = this.emitFile({ type: 'chunk', id: file, name: path.basename(file, '.ts') })
        return `new URL(import.meta.ROLLUP_FILE_URL_${reference}, import.meta.url)`
      })
      return changed === code ? null : { code: changed, map: null }
    },
  }
}

/**
 * One character beyond Latin-1 makes V8 keep a whole file as two bytes a character, and read it the slow way. Escapes mean the same in
 * texts and patterns, which is where we have such characters.
 */
function plainAscii(): Plugin {
  return {
    name: 'everstow-plain-ascii',
    applyToEnvironment: ({ name }) => name === 'program',
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle))
        if (file.type === 'chunk')
          file.code = file.code.replaceAll(
            /[^\0-\x7f]/g,
            (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
          )
    },
  }
}

const isBuiltin = (id: string): boolean => id.startsWith('node:') || builtinModules.includes(id)
/** Packages that most commands load: in the bundle, without what nobody uses of them. */
const BUNDLED = /^(@noble|@scure|commander|croner|i18next|ignore|picomatch|uqr|zod)(\/|$)/
/** All others are taken from node_modules when the program runs. */
const isPackage = (id: string): boolean =>
  !id.startsWith('.') && !path.isAbsolute(id) && !id.startsWith('\0') && !BUNDLED.test(id)

/**
 * Builds the program: `dist/program` with an entry for each host and the files of the worker threads (ESM), and
 * `dist/preload/preload.cjs`.
 */
export default defineConfig({
  root,
  publicDir: false,
  // Built files find one another beside themselves.
  base: './',
  // Parsing the texts of two languages is several times faster than compiling them as code.
  json: { stringify: true, namedExports: false },
  plugins: [workerFiles(), plainAscii()],
  builder: {
    async buildApp({ build, environments }) {
      await Promise.all([build(environments.program!), build(environments.preload!)])
    },
  },
  environments: {
    program: {
      consumer: 'server',
      resolve: { noExternal: true },
      build: {
        ssr: true,
        outDir: 'dist/program',
        emptyOutDir: true,
        target: 'node24',
        minify: false,
        sourcemap: true,
        rolldownOptions: {
          input: {
            cli: path.join(root, 'main/hosts/cli/index.ts'),
            electron: path.join(root, 'main/hosts/electron/index.ts'),
            headless: path.join(root, 'main/hosts/headless/index.ts'),
            library: path.join(root, 'main/hosts/library/index.ts'),
          },
          external: (id) => isBuiltin(id) || isPackage(id),
          // Our modules only declare: whoever takes an error class through `engine.ts` need not load the engine with it.
          treeshake: {
            moduleSideEffects: (id, external) => external && !isBuiltin(id),
            // Schemas that nobody checks with are not made.
            manualPureFunctions: ['z'],
          },
          output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
        },
      },
    },
    preload: {
      consumer: 'client',
      build: {
        outDir: 'dist/preload',
        emptyOutDir: true,
        target: 'chrome150',
        minify: false,
        rolldownOptions: {
          input: path.join(root, 'preload/preload.ts'),
          external: ['electron'],
          // The contract's schemas are declarations: what the bridge does not use of them must not travel with it.
          treeshake: { moduleSideEffects: false, manualPureFunctions: ['z'] },
          // A sandboxed page takes one CommonJS file.
          output: { format: 'cjs', entryFileNames: 'preload.cjs', codeSplitting: false },
        },
      },
    },
  },
})
