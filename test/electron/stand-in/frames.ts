import type Electron from 'electron'
import { fromPage, originOf } from './addresses.ts'

type FrameMembers = Pick<Electron.WebFrameMain, 'detached' | 'isDestroyed' | 'origin' | 'parent' | 'url'>

/** A frame of a page. Tests make such of their own to forge a sender. */
export class StandInFrame implements FrameMembers {
  readonly parent: Electron.WebFrameMain | null
  readonly detached: boolean
  private readonly address: () => string
  private readonly gone: () => boolean

  constructor(options: {
    readonly address: () => string
    readonly parent?: StandInFrame
    readonly detached?: boolean
    readonly gone?: () => boolean
  }) {
    this.address = options.address
    this.parent = (options.parent as unknown as Electron.WebFrameMain) ?? null
    this.detached = options.detached ?? false
    this.gone = options.gone ?? (() => false)
  }

  isDestroyed(): boolean {
    return this.gone()
  }

  get url(): string {
    this.refuseWhenGone()
    return fromPage(this.address())
  }

  get origin(): string {
    this.refuseWhenGone()
    return originOf(this.address())
  }

  private refuseWhenGone(): void {
    if (this.gone()) throw new Error('Render frame was disposed before WebFrameMain could be accessed')
  }
}
