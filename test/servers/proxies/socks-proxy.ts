import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join, type ProxyLogin, type TestProxy } from './proxy.ts'

const [NO_LOGIN, WITH_LOGIN, NONE_FITS] = [0x00, 0x02, 0xff]
const CONNECT = 0x01
const [IPV4, NAME, IPV6] = [0x01, 0x03, 0x04]
const [GRANTED, REFUSED_TO_CONNECT] = [0x00, 0x05]
const [GRANTED_4, REFUSED_4] = [0x5a, 0x5b]

/** What a client has said so far, taken piece by piece; waits for what is still on its way. */
type Take = (length: number) => Promise<Buffer>

/** Starts a proxy of SOCKS on loopback. With a login it takes version 5 only, and only who knows it. */
export async function startSocksProxy(version: 4 | 5 = 5, login?: ProxyLogin): Promise<TestProxy> {
  const through: string[] = []
  const refused: string[] = []
  const sockets = new Set<Socket>()

  const server = createServer((client) => {
    sockets.add(client)
    client.once('close', () => sockets.delete(client))
    client.on('error', () => client.destroy())
    const { take, rest } = reader(client)
    const talk = version === 5 ? talk5(client, take, login) : talk4(client, take)
    talk.then(
      (asked) => {
        through.push(`${asked.host}:${asked.port}`)
        rest()
        join(client, asked.port, {
          opened: () => client.write(asked.granted),
          failed: () => client.end(asked.failed),
        })
      },
      (error: Error) => {
        refused.push(error.message)
        client.end()
      },
    )
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const name = login ? `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@` : ''
  return {
    url: `socks${version}://${name}127.0.0.1:${port}`,
    through,
    refused,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((closed) => server.close(closed))
    },
  }
}

interface Asked {
  readonly host: string
  readonly port: number
  readonly granted: Buffer
  readonly failed: Buffer
}

/** RFC 1928: methods, login (RFC 1929), request. */
async function talk5(client: Socket, take: Take, login: ProxyLogin | undefined): Promise<Asked> {
  const [version = 0, count = 0] = await take(2)
  if (version !== 5) throw new Error('version')
  const methods = await take(count)
  const wanted = login ? WITH_LOGIN : NO_LOGIN
  if (!methods.includes(wanted)) {
    client.write(Buffer.from([5, NONE_FITS]))
    throw new Error('login')
  }
  client.write(Buffer.from([5, wanted]))
  if (login) await checkLogin(client, take, login)
  const [again, command, reserved, kind] = await take(4)
  if (again !== 5 || command !== CONNECT || reserved !== 0) throw new Error('form')
  const host = await hostOf(kind ?? 0, take)
  const port = (await take(2)).readUInt16BE()
  const answer = (status: number): Buffer => Buffer.from([5, status, 0, IPV4, 127, 0, 0, 1, 0, 0])
  return { host, port, granted: answer(GRANTED), failed: answer(REFUSED_TO_CONNECT) }
}

async function checkLogin(client: Socket, take: Take, login: ProxyLogin): Promise<void> {
  const [version = 0, userLength = 0] = await take(2)
  if (version !== 1 || userLength === 0) throw new Error('form')
  const user = (await take(userLength)).toString('utf8')
  const [passwordLength = 0] = await take(1)
  const password = (await take(passwordLength)).toString('utf8')
  const isRight = user === login.user && password === login.password
  client.write(Buffer.from([1, isRight ? 0 : 1]))
  if (!isRight) throw new Error('login')
}

async function hostOf(kind: number, take: Take): Promise<string> {
  if (kind === IPV4) return (await take(4)).join('.')
  if (kind === IPV6) return `[${(await take(16)).toString('hex').replaceAll(/(.{4})(?=.)/g, '$1:')}]`
  if (kind !== NAME) throw new Error('form')
  const [length = 0] = await take(1)
  return (await take(length)).toString('latin1')
}

/** SOCKS 4: an IPv4 address and a user's name; names of hosts do not exist in it. */
async function talk4(_client: Socket, take: Take): Promise<Asked> {
  const [version, command] = await take(2)
  if (version !== 4 || command !== CONNECT) throw new Error('version')
  const port = (await take(2)).readUInt16BE()
  const address = await take(4)
  if (address[0] === 0) throw new Error('a name, which is SOCKS 4a')
  while ((await take(1))[0] !== 0);
  const answer = (status: number): Buffer => Buffer.from([0, status, 0, 0, 0, 0, 0, 0])
  return { host: address.join('.'), port, granted: answer(GRANTED_4), failed: answer(REFUSED_4) }
}

/** Takes bytes as they come; `rest` gives back what was read too far. */
function reader(client: Socket): { take: Take; rest: () => void } {
  let held = Buffer.alloc(0)
  let wake = (): void => {}
  const onData = (piece: Buffer): void => {
    held = Buffer.concat([held, piece])
    wake()
  }
  client.on('data', onData)
  client.once('close', () => wake())
  return {
    async take(length) {
      while (held.length < length) {
        if (client.destroyed) throw new Error('gone')
        await new Promise<void>((more) => {
          wake = more
        })
      }
      const taken = held.subarray(0, length)
      held = held.subarray(length)
      return taken
    },
    rest() {
      client.off('data', onData)
      client.pause()
      if (held.length > 0) client.unshift(held)
    },
  }
}
