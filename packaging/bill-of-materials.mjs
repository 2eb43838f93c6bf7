// What a release is made of, as CycloneDX has it: `bill-of-materials.mjs FILE`. From the lockfile, like the list of licences: `npm sbom --omit=dev` leaves
// out what a tool of ours needs as well, and what is bundled into the window.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { readPackage } from './home.mjs'
import { readLock, shippedPackages } from './licences.mjs'

/** The document, without a time: the same lockfile makes the same one. */
export function billOfMaterials({ name, version, license }, lock) {
  const shipped = shippedPackages(lock).map((each) => ({
    ...each,
    integrity: lock.packages[each.folder].integrity,
  }))
  const electron = { name: 'electron', licence: 'MIT', ...lock.packages['node_modules/electron'] }
  const components = [...shipped, electron].map(componentOf)
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: { ...componentOf({ name, version, licence: license }), type: 'application' },
    },
    components: [...new Map(components.map((each) => [each['bom-ref'], each])).values()],
  }
}

function componentOf({ name, version, licence, integrity }) {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
  const [, sum] = /^sha512-(.+)$/.exec(integrity ?? '') ?? []
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    purl,
    licenses: [{ expression: licence }],
    ...(sum && { hashes: [{ alg: 'SHA-512', content: Buffer.from(sum, 'base64').toString('hex') }] }),
  }
}

if (import.meta.main) {
  const root = path.dirname(import.meta.dirname)
  writeFileSync(
    process.argv[2],
    `${JSON.stringify(billOfMaterials(readPackage(root), readLock(root)), null, 2)}\n`,
  )
}
