// What macOS is told: which rights the hardened runtime leaves the program.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import plist from 'plist'
import { parse } from 'yaml'

const WANTED = { 'com.apple.security.cs.allow-jit': true }

export async function checkMacOnly(root, report) {
  const { mac } = parse(readFileSync(path.join(root, 'electron-builder.yml'), 'utf8'))
  const wrong = [mac.entitlements, mac.entitlementsInherit].flatMap((file) => {
    const said = JSON.stringify(plist.parse(readFileSync(path.join(root, file), 'utf8')))
    return said === JSON.stringify(WANTED) ? [] : [`${file}: ${said}`]
  })
  if (mac.hardenedRuntime !== true) wrong.push('the hardened runtime is off')
  report.claim('the runtime is hardened, and loosened for compiling JavaScript only', wrong)
}
