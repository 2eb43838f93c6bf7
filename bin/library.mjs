// `import … from 'everstow'`: the built library as long as it is what the sources say, else the sources themselves.
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { freshProgram } from './built-program.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const built = freshProgram(root)
const path = built ? join(built, 'library.js') : join(root, 'main/hosts/library/index.ts')

export const { EverstowError, openEverstow } = await import(pathToFileURL(path).href)
