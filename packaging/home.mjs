// Where the project lives on the network. The one place that says so is `repository` in package.json; without it nothing here guesses.
import { readFileSync } from 'node:fs'
import path from 'node:path'

const GITHUB = /^(?:github:|(?:git\+)?https:\/\/github\.com\/)([\w-]+)\/([\w.-]+?)(?:\.git)?\/?$/

/** `{owner, repo}` of what package.json names, or undefined where it names nothing. */
export function homeOf({ repository } = {}) {
  const address = typeof repository === 'string' ? repository : repository?.url
  if (address === undefined) return undefined
  const [, owner, repo] = GITHUB.exec(address) ?? []
  if (owner === undefined) throw new Error(`package.json: ${address} is no repository at GitHub`)
  return { owner, repo }
}

export function readPackage(root) {
  return JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
}

/**
 * Where newer versions are looked for, as electron-builder writes it into the application; null: nowhere. macOS replaces only what is signed, so a
 * program without a signature gets no updater that would fail.
 */
export function publishOf(packageJson, platform, env = process.env) {
  const home = homeOf(packageJson)
  if (!home || (platform === 'darwin' && !env.CSC_LINK && !env.CSC_NAME)) return null
  return { provider: 'github', ...home, releaseType: 'draft' }
}
