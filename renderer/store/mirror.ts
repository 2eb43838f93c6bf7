import type { ServerFrame, SliceName, SliceState } from '../../main/contract/index.ts'

/** The engine's state as this window knows it. Slices are absent until their first snapshot. */
export interface Mirror {
  readonly slices: { readonly [N in SliceName]?: SliceState<N> }
  readonly versions: Readonly<Record<string, { readonly instance: string; readonly seq: number }>>
}

export const emptyMirror: Mirror = { slices: {}, versions: {} }

export interface Applied {
  readonly mirror: Mirror
  /** A patch is missing, or the engine is another one than before: ask for snapshots. */
  readonly gap: boolean
}

/**
 * The mirror after a frame. A patch counts only when it is the very next one of the same engine instance; an old one is ignored,
 * and one that skips any is a gap that leaves the mirror as it was.
 */
export function applyFrame(mirror: Mirror, frame: ServerFrame): Applied {
  if (frame.t === 'snapshot') return { mirror: withSlice(mirror, frame, frame.state), gap: false }
  if (frame.t !== 'patch') return { mirror, gap: false }

  const known = mirror.versions[frame.slice]
  if (known?.instance !== frame.instance) return { mirror, gap: true }
  if (frame.seq <= known.seq) return { mirror, gap: false }
  if (frame.seq !== known.seq + 1) return { mirror, gap: true }

  const state: Record<string, unknown> = { ...mirror.slices[frame.slice as SliceName], ...frame.set }
  for (const key of frame.remove) delete state[key]
  return { mirror: withSlice(mirror, frame, state), gap: false }
}

function withSlice(
  mirror: Mirror,
  frame: { readonly slice: string; readonly instance: string; readonly seq: number },
  state: Readonly<Record<string, unknown>>,
): Mirror {
  return {
    slices: { ...mirror.slices, [frame.slice]: state },
    versions: { ...mirror.versions, [frame.slice]: { instance: frame.instance, seq: frame.seq } },
  }
}
