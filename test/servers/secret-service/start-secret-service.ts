import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A private session bus, on which GNOME's keyring can be started, stopped and frozen. */
export interface SecretService {
  /** The environment of a process that lives in this session. */
  readonly env: NodeJS.ProcessEnv
  /** Starts the keyring; unlocked with the one password of this session, or locked. Keeps what an earlier one stored. */
  startKeyring(state: 'unlocked' | 'locked'): Promise<void>
  stopKeyring(): Promise<void>
  freezeKeyring(): void
  thawKeyring(): void
  stop(): Promise<void>
}

const PASSWORD = 'the password of this session'

/** A bus that starts nothing by itself: what is not started by the test is really absent. */
const BUS_CONFIG = (
  folder: string,
): string => `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=${folder}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

/** Starts a session with its own home folder under the system's temporary folder. No keyring runs yet. */
export async function startSecretService(): Promise<SecretService> {
  const folder = mkdtempSync(join(tmpdir(), 'everstow-session-'))
  const runtime = join(folder, 'runtime')
  mkdirSync(runtime, { mode: 0o700 })
  const config = join(folder, 'bus.xml')
  writeFileSync(config, BUS_CONFIG(runtime))

  const bus = spawn('dbus-daemon', [`--config-file=${config}`, '--nofork', '--print-address=1'], {
    // It complains of limits it may not raise; a failure to start shows as the missing address.
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [address] = (await once(createInterface({ input: bus.stdout }), 'line')) as [string]
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: folder,
    XDG_RUNTIME_DIR: runtime,
    XDG_DATA_HOME: join(folder, 'data'),
    DBUS_SESSION_BUS_ADDRESS: address,
  }

  let keyring: ChildProcess | undefined
  const stopKeyring = async (): Promise<void> => {
    if (keyring) await end(keyring)
    keyring = undefined
  }

  return {
    env,

    async startKeyring(state) {
      const options = ['--foreground', '--components=secrets', `--control-directory=${runtime}`]
      if (state === 'unlocked') options.push('--unlock')
      keyring = spawn('gnome-keyring-daemon', options, { env, stdio: ['pipe', 'ignore', 'ignore'] })
      keyring.stdin!.end(state === 'unlocked' ? PASSWORD : '')
      await untilOwned('org.freedesktop.secrets', env)
    },

    stopKeyring,
    freezeKeyring: () => void keyring?.kill('SIGSTOP'),
    thawKeyring: () => void keyring?.kill('SIGCONT'),

    async stop() {
      await stopKeyring()
      await end(bus)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGCONT')
  child.kill('SIGTERM')
  await exited
}

/** Waits until somebody answers on the bus under that name. */
async function untilOwned(name: string, env: NodeJS.ProcessEnv): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    const ask = spawn(
      'dbus-send',
      [
        '--session',
        '--print-reply=literal',
        '--dest=org.freedesktop.DBus',
        '/org/freedesktop/DBus',
        'org.freedesktop.DBus.NameHasOwner',
        `string:${name}`,
      ],
      { env, stdio: ['ignore', 'pipe', 'ignore'] },
    )
    let answer = ''
    ask.stdout.on('data', (bytes) => {
      answer += bytes
    })
    await once(ask, 'close')
    if (answer.includes('true')) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`Nobody owns ${name}`)
}
