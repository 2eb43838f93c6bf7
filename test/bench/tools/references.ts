import { statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { findProgram } from './find-program.ts'
import { bareEnvironment, type Tool } from './tool.ts'

/** `tar | zstd -3`: what packing and compressing cost without keeping track of anything. */
export const tarZstd: Tool = {
  id: 'tar, zstd -3',
  speaksS3: false,
  find: () => findProgram('zstd', 'zstd'),
  takesPart: (operation, workload) => operation === 'first' && workload !== 'W4',
  async open({ folder, source }) {
    const out = join(folder, 'packed.tar.zst')
    const script = 'set -o pipefail; tar -C "$1" -cf - "$2" | zstd -3 -q -c > "$3"'
    const argv = ['bash', '-c', script, 'bash', dirname(source), basename(source), out]
    return {
      command: () => ({ argv, env: bareEnvironment(folder) }),
      storedBytes: () => statSync(out).size,
    }
  },
}

/** `find -printf`: the least that seeing every file's metadata costs. */
export const findPrintf: Tool = {
  id: 'find -printf',
  speaksS3: false,
  find: () => findProgram('find', 'findutils'),
  takesPart: (operation, workload) => operation === 'unchanged' && workload !== 'W2',
  async open({ folder, source }) {
    const script = `find "$1" -printf '%p %s %T@ %C@ %i %m\\n' > /dev/null`
    return {
      command: () => ({ argv: ['bash', '-c', script, 'bash', source], env: bareEnvironment(folder) }),
      storedBytes: () => 0,
    }
  },
}
