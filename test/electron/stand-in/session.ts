import { EventEmitter } from 'node:events'
import type Electron from 'electron'
import { preventable, type StandInApp } from './app.ts'

type Handler = (request: Request) => Response | Promise<Response>

type ProtocolMembers = Pick<Electron.Protocol, 'handle' | 'registerSchemesAsPrivileged'>

/** `protocol`: schemes must be declared before ready and handled after it, once each. */
export class StandInProtocol implements ProtocolMembers {
  readonly schemes = new Map<string, Electron.Privileges>()
  readonly handlers = new Map<string, Handler>()
  private readonly app: StandInApp

  constructor(app: StandInApp) {
    this.app = app
  }

  registerSchemesAsPrivileged(schemes: Electron.CustomScheme[]): void {
    if (this.app.isReady())
      throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready')
    if (this.schemes.size > 0) throw new Error('protocol.registerSchemesAsPrivileged may be called once only')
    for (const { scheme, privileges = {} } of schemes) {
      if (privileges.codeCache && !privileges.standard)
        throw new Error('codeCache needs a scheme registered as standard')
      this.schemes.set(scheme, privileges)
    }
  }

  handle(scheme: string, handler: Handler): void {
    if (!this.app.isReady()) throw new Error('protocol.handle needs a ready app')
    if (this.handlers.has(scheme)) throw new Error(`Failed to register protocol: ${scheme}`)
    this.handlers.set(scheme, handler)
  }
}

type SessionMembers = Pick<
  Electron.Session,
  'setDevicePermissionHandler' | 'setPermissionCheckHandler' | 'setPermissionRequestHandler'
>

type RequestHandler = Parameters<Electron.Session['setPermissionRequestHandler']>[0]
type CheckHandler = Parameters<Electron.Session['setPermissionCheckHandler']>[0]
type DeviceHandler = Parameters<Electron.Session['setDevicePermissionHandler']>[0]

/** The default session. Electron grants what no handler denies, and so does this. */
export class StandInSession extends EventEmitter implements SessionMembers {
  readonly protocol: StandInProtocol
  private requestHandler: RequestHandler = null
  private checkHandler: CheckHandler = null
  private deviceHandler: DeviceHandler = null

  constructor(protocol: StandInProtocol) {
    super()
    this.protocol = protocol
  }

  setPermissionRequestHandler(handler: RequestHandler): void {
    this.requestHandler = handler
  }

  setPermissionCheckHandler(handler: CheckHandler): void {
    this.checkHandler = handler
  }

  setDevicePermissionHandler(handler: DeviceHandler): void {
    this.deviceHandler = handler
  }

  /** What a page that asks for a permission is answered. */
  asksFor(
    contents: Electron.WebContents,
    permission: Parameters<NonNullable<RequestHandler>>[1],
  ): Promise<boolean> {
    const handler = this.requestHandler
    if (!handler) return Promise.resolve(true)
    return new Promise((resolve) =>
      handler(contents, permission, resolve, {
        isMainFrame: true,
        requestingUrl: 'app://ui/index.html',
      } as Electron.PermissionRequest),
    )
  }

  /** What a page that looks whether it has a permission is answered. */
  checks(
    contents: Electron.WebContents | null,
    permission: Parameters<NonNullable<CheckHandler>>[1],
  ): boolean {
    return this.checkHandler?.(contents, permission, 'app://ui', { isMainFrame: true } as never) ?? true
  }

  /** Whether a file that a page sends to be kept is offered to the person. */
  offersDownload(url: string): boolean {
    const event = preventable({})
    this.emit('will-download', event, { getURL: () => url }, {})
    return !event.defaultPrevented
  }

  allowsDevice(details: Parameters<NonNullable<DeviceHandler>>[0]): boolean {
    return this.deviceHandler?.(details) ?? true
  }
}
