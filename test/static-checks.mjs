// Types of every layer and lint, two at a time. Import rules are tests of their own (`test/architecture`).
// What the compiler learned is kept beside the packages, so that it looks again only at what changed.
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const LAYERS = ['main/hosts', 'test', 'renderer', 'main/app', 'main/engine', 'preload', 'main/contract']

/** Runs them all; prints what failed. Gives `{name, ok}` for each. */
export async function staticChecks() {
  const tsc = join(root, 'node_modules', '@typescript', 'native', 'bin', 'tsc')
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome')
  const jobs = [
    { name: 'lint', args: [biome, 'ci', '--max-diagnostics=40', '.'] },
    ...LAYERS.map((layer) => ({ name: `types of ${layer}`, args: [tsc, ...typesOf(layer)] })),
  ]
  const results = []
  const queue = [...jobs]
  const work = async () => {
    for (let job = queue.shift(); job; job = queue.shift()) results.push(await run(job))
  }
  await Promise.all([work(), work()])
  return results
}

/** One thread each: two layers at a time already fill two cores, and the compiler's own threads do the same work twice. */
function typesOf(layer) {
  const known = join(root, 'node_modules', '.cache', 'types', `${layer.replace('/', '-')}.tsbuildinfo`)
  return ['-p', join(root, layer), '--singleThreaded', '--incremental', '--tsBuildInfoFile', known]
}

function run({ name, args }) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk
      })
    child.on('close', (code) => {
      console.log(`${code === 0 ? 'ok    ' : 'failed'} ${name}`)
      if (code !== 0) console.log(output.split('\n').slice(0, 60).join('\n'))
      resolve({ name, ok: code === 0 })
    })
  })
}
