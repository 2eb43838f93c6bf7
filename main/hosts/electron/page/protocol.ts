import { randomBytes } from 'node:crypto'
import { readFile, realpath } from 'node:fs/promises'
import path from 'node:path'
import type Electron from 'electron'
import { contentPolicy, isUiAddress, UI_SCHEME } from './security.ts'

/** Where `index.html` takes the style nonce of its response. */
const NONCE_PLACEHOLDER = '__CSP_NONCE__'

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

/** Serves the window's files at `app://ui/`. Call once, after the app is ready. */
export function serveUi(session: Electron.Session, rendererFolder: string): void {
  session.protocol.handle(UI_SCHEME, (request) => answerUiRequest(request, rendererFolder))
}

/** The answer to one request of the page: a file of the renderer's folder, or a bare status. There are no listings. */
export async function answerUiRequest(
  request: Pick<Request, 'method' | 'url'>,
  rendererFolder: string,
): Promise<Response> {
  const styleNonce = randomBytes(16).toString('base64')
  if (request.method !== 'GET') return bare(405, styleNonce, { Allow: 'GET' })
  const file = await fileOfAddress(request.url, rendererFolder)
  const contentType = file && CONTENT_TYPES[path.extname(file).toLowerCase()]
  if (file === undefined || contentType === undefined) return bare(404, styleNonce)

  const content = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    // A folder or a file that went away meanwhile: the page sees the same as for a name that never was.
    if (error.code === 'EISDIR' || error.code === 'ENOENT') return undefined
    throw error
  })
  if (content === undefined) return bare(404, styleNonce)
  const isPage = path.extname(file) === '.html'
  const body = isPage ? content.toString('utf8').replaceAll(NONCE_PLACEHOLDER, styleNonce) : content
  return new Response(typeof body === 'string' ? body : new Uint8Array(body), {
    headers: {
      ...safeHeaders(styleNonce),
      'Content-Type': contentType,
      // The page carries a nonce; the other files have names that change with their content.
      'Cache-Control': isPage ? 'no-store' : 'max-age=31536000, immutable',
    },
  })
}

/** The existing file behind an address; undefined unless it really lies inside the folder, links followed. */
async function fileOfAddress(address: string, rendererFolder: string): Promise<string | undefined> {
  if (!isUiAddress(address)) return undefined
  const name = decodePath(new URL(address).pathname)
  if (name === undefined || name.includes('\0') || name.includes('\\')) return undefined
  const wanted = path.resolve(rendererFolder, `.${name === '/' || name === '' ? '/index.html' : name}`)
  if (!isInside(wanted, rendererFolder)) return undefined
  try {
    const [real, realFolder] = await Promise.all([realpath(wanted), realpath(rendererFolder)])
    return isInside(real, realFolder) ? real : undefined
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(String(error.code))
    )
      return undefined
    throw error
  }
}

function decodePath(pathname: string): string | undefined {
  try {
    return decodeURIComponent(pathname)
  } catch {
    // A stray `%`: such a name is none of ours.
    return undefined
  }
}

function isInside(file: string, folder: string): boolean {
  const relative = path.relative(folder, file)
  return relative !== '' && relative.split(path.sep)[0] !== '..' && !path.isAbsolute(relative)
}

function bare(status: number, styleNonce: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status, headers: { ...safeHeaders(styleNonce), ...headers } })
}

function safeHeaders(styleNonce: string): Record<string, string> {
  return {
    'Content-Security-Policy': contentPolicy(styleNonce),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
  }
}
