import { generateKeyPairSync, randomBytes, verify } from 'node:crypto'

const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token'
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
/** What Google allows between its clock and the one that signed. */
const CLOCK_TOLERANCE_SECONDS = 300

/** The content of a service account's key file. */
export interface ServiceAccount {
  readonly type: 'service_account'
  readonly project_id: string
  readonly private_key_id: string
  readonly private_key: string
  readonly client_email: string
  readonly client_id: string
  readonly token_uri: string
  readonly universe_domain: string
}

export interface TokenOffice {
  readonly serviceAccount: ServiceAccount
  /** Answers a token request (its form body). */
  exchange(form: string): { readonly status: number; readonly body: Buffer }
  isValid(authorization: string | undefined): boolean
  /** Every token given so far is void. */
  revokeAll(): void
}

/** Issues bearer tokens for JWTs that the account's key really signed (RFC 7523, as Google's token endpoint does). */
export function createTokenOffice(tokenUri: string, now: () => number, lifetimeSeconds = 3600): TokenOffice {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const serviceAccount: ServiceAccount = {
    type: 'service_account',
    project_id: 'everstow-test',
    private_key_id: randomBytes(20).toString('hex'),
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    client_email: 'backup@everstow-test.iam.gserviceaccount.com',
    client_id: '100000000000000000001',
    token_uri: tokenUri,
    universe_domain: 'googleapis.com',
  }
  const tokens = new Map<string, number>()
  const refuse = (error: string, description: string): { status: number; body: Buffer } => ({
    status: 400,
    body: Buffer.from(JSON.stringify({ error, error_description: description })),
  })

  return {
    serviceAccount,
    exchange: (form) => {
      const fields = new URLSearchParams(form)
      if (fields.get('grant_type') !== GRANT)
        return refuse('unsupported_grant_type', `Invalid grant_type: ${fields.get('grant_type')}`)
      const [header = '', payload = '', signature = '', ...rest] = (fields.get('assertion') ?? '').split('.')
      const head = parse(header)
      const claims = parse(payload)
      if (rest.length > 0 || head?.alg !== 'RS256' || !claims)
        return refuse('invalid_grant', 'Invalid JWT: Failed to parse.')
      if (claims.iss !== serviceAccount.client_email)
        return refuse('invalid_grant', 'Invalid grant: account not found')
      const signed = Buffer.from(`${header}.${payload}`)
      if (!verify('RSA-SHA256', signed, publicKey, Buffer.from(signature, 'base64url')))
        return refuse('invalid_grant', 'Invalid JWT Signature.')
      if (claims.aud !== tokenUri && claims.aud !== GOOGLE_TOKEN_URL)
        return refuse('invalid_grant', 'Invalid JWT: Invalid audience.')
      const nowSeconds = now() / 1000
      const issued = Number(claims.iat)
      const expires = Number(claims.exp)
      const timely =
        issued <= nowSeconds + CLOCK_TOLERANCE_SECONDS &&
        expires >= nowSeconds - CLOCK_TOLERANCE_SECONDS &&
        expires - issued <= 3600
      if (!timely)
        return refuse(
          'invalid_grant',
          'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
        )
      if (!String(claims.scope ?? '').includes('https://www.googleapis.com/auth/'))
        return refuse('invalid_scope', 'Invalid OAuth scope or ID token audience provided.')
      const token = `ya29.${randomBytes(24).toString('base64url')}`
      tokens.set(token, now() + lifetimeSeconds * 1000)
      const body = { access_token: token, expires_in: lifetimeSeconds, token_type: 'Bearer' }
      return { status: 200, body: Buffer.from(JSON.stringify(body)) }
    },
    isValid: (authorization) => {
      const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1]
      const expiresMs = token === undefined ? undefined : tokens.get(token)
      return expiresMs !== undefined && expiresMs > now()
    },
    revokeAll: () => tokens.clear(),
  }
}

function parse(part: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>
  } catch {
    // A part that is no JSON makes the whole assertion invalid; the caller answers so.
    return undefined
  }
}
