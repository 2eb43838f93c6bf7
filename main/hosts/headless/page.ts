import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'

/** Serves the window's page. Styles that the component library injects carry the nonce of this very response; nothing else inline runs. */
export function servePage(http: FastifyInstance, rendererFolder: string): void {
  const page = readFileSync(join(rendererFolder, 'index.html'), 'utf8')
  http.get('/', (_request, reply) => {
    const nonce = randomBytes(16).toString('base64')
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', policyWith(nonce))
      .send(page.replaceAll('__CSP_NONCE__', nonce))
  })
}

/** The content security policy of the window. */
function policyWith(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
