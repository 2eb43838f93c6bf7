import type { Random } from '../../../main/engine/env/random.ts'
import type { RepoKeys } from '../../../main/engine/repository/crypto/repo-keys.ts'
import type { ContentThread, PackHolder } from '../../../main/engine/sync/space/contents/content-thread.ts'
import { type ContentWork, createContentWork } from '../../../main/engine/sync/space/contents/content-work.ts'
import type { SpaceHoldings } from '../../../main/engine/sync/space/contents/holdings.ts'

/** Does the work of a space's thread at once and here, so that a seed decides everything. */
export function inlineThread(keys: RepoKeys, holdings: SpaceHoldings, random: Random): ContentThread {
  let work: ContentWork | undefined
  let generation = holdings.generation
  let holder: PackHolder = { chunks: [], isOpen: false }
  return {
    get isRunning() {
      return work !== undefined
    },
    starts: 1,
    async ask(name, order) {
      work ??= createContentWork(keys, holdings.index.handles(), holder.chunks, random)
      if (generation !== holdings.generation) work.index(holdings.index.handles())
      generation = holdings.generation
      return work[name](order)
    },
    workFor(whose) {
      holder = whose
    },
    async end() {
      work = undefined
    },
  }
}
