import { EventEmitter } from 'node:events'
import { StandInFrame } from './stand-in/frames.ts'

/** The address of our page. */
export const UI = 'app://ui/index.html'

/** Contents as the transport knows them; `sent` is what reached the page. */
export class Contents extends EventEmitter {
  readonly id: number
  readonly sent: string[] = []
  readonly mainFrame: StandInFrame
  destroyed = false
  address = UI

  constructor(id: number) {
    super()
    this.id = id
    this.mainFrame = new StandInFrame({ address: () => this.address, gone: () => this.destroyed })
  }

  isDestroyed(): boolean {
    return this.destroyed
  }

  send(_channel: string, text: string): void {
    if (this.destroyed) throw new TypeError('Object has been destroyed')
    this.sent.push(text)
  }
}
