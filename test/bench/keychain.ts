import { spawnSync } from 'node:child_process'
import { startSecretService } from '../servers/secret-service/start-secret-service.ts'

/** A session of its own with an unlocked keychain, as on a desktop that somebody has logged in to. */
export interface Keychain {
  /** What processes need in their environment to find it. */
  readonly session: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** Whether the programs for that are installed. */
export function hasKeychain(): boolean {
  return ['dbus-daemon', 'gnome-keyring-daemon'].every(
    (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined,
  )
}

/** Starts it; whoever opens it closes it. */
export async function openKeychain(): Promise<Keychain> {
  const service = await startSecretService()
  await service.startKeyring('unlocked')
  const { DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR } = service.env
  return {
    session: {
      DBUS_SESSION_BUS_ADDRESS: DBUS_SESSION_BUS_ADDRESS ?? '',
      XDG_RUNTIME_DIR: XDG_RUNTIME_DIR ?? '',
    },
    close: () => service.stop(),
  }
}
