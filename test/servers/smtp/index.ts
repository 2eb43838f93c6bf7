import { type AddressInfo, createServer, type Socket } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { certificate } from '../certificate.ts'

/** A message as it arrived. */
export interface Mail {
  readonly from: string
  readonly to: readonly string[]
  readonly text: string
  readonly isEncrypted: boolean
}

/** A running server. */
export interface MailServer {
  readonly port: number
  readonly mails: Mail[]
  /** The certificate that it shows, to trust. */
  readonly ca: string
  close(): Promise<void>
}

/** How a server behaves. */
export interface MailManner {
  /** From the first byte. */
  readonly tls?: boolean
  readonly offersStartTls?: boolean
  /** Who may send; absent: anybody. */
  readonly login?: { readonly user: string; readonly password: string }
  /** Refuses each message with this status. */
  readonly refuses?: number
}

/** Starts a server on loopback. */
export async function startMailServer(manner: MailManner = {}): Promise<MailServer> {
  const { key, cert } = certificate()
  const mails: Mail[] = []
  const server = new SMTPServer({
    key,
    cert,
    secure: manner.tls === true,
    authOptional: manner.login === undefined,
    disabledCommands: [
      ...(manner.login === undefined ? ['AUTH'] : []),
      ...(manner.offersStartTls || manner.tls ? [] : ['STARTTLS']),
    ],
    onAuth({ username, password }, _session, done) {
      const isRight = username === manner.login?.user && password === manner.login?.password
      // As careless as real ones: it repeats what it was sent.
      if (isRight) done(null, { user: username })
      else done(new Error(`no such login ${username} ${password}`))
    },
    onData(stream, session, done) {
      const pieces: Buffer[] = []
      stream.on('data', (piece: Buffer) => pieces.push(piece))
      stream.on('end', () => {
        if (manner.refuses !== undefined)
          return done(Object.assign(new Error('refused'), { responseCode: manner.refuses }))
        const { mailFrom, rcptTo } = session.envelope
        mails.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(pieces).toString('utf8'),
          isEncrypted: session.secure === true,
        })
        done()
      })
    },
  })
  server.on('error', () => {
    // A client that does not trust the certificate hangs up; that is its test's business.
  })
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening)
  })
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    ca: cert,
    close: () => new Promise((closed) => server.close(closed)),
  }
}

/** A server that accepts the line and never says a word. */
export async function startMuteServer(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const lines = new Set<Socket>()
  const server = createServer((line) => {
    lines.add(line)
    line.on('error', () => lines.delete(line))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const line of lines) line.destroy()
      await new Promise((closed) => server.close(closed))
    },
  }
}
