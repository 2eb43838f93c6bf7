// Refuses a release that would lie about itself: `check-tag.mjs TAG OWNER/REPOSITORY`. The tag is the version, and the repository the one that
// package.json names, because that is where installed programs will look for the next one.
import path from 'node:path'
import { homeOf, readPackage } from './home.mjs'

/** What speaks against a release of `packageJson` under this tag in this repository. */
export function againstRelease(packageJson, tag, repository) {
  const home = homeOf(packageJson)
  const named = home && `${home.owner}/${home.repo}`
  return [
    ...(tag === `v${packageJson.version}` ? [] : [`the tag is ${tag}, the version ${packageJson.version}`]),
    ...(named === undefined ? [`package.json names no repository; it is to name ${repository}`] : []),
    ...(named !== undefined && named !== repository
      ? [`package.json names ${named}; this is ${repository}`]
      : []),
  ]
}

if (import.meta.main) {
  const [tag, repository] = process.argv.slice(2)
  const wrong = againstRelease(readPackage(path.dirname(import.meta.dirname)), tag, repository)
  for (const line of wrong) console.error(line)
  process.exitCode = wrong.length === 0 ? 0 : 1
}
