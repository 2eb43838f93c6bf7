import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setMadeTime } from './fixed-times.ts'

// Large and small, hand-written and generated, JavaScript, types, maps and icons. What they depend on is as of the day they were fetched.
const PACKAGES = {
  '@angular/compiler': '19.0.0',
  '@mui/icons-material': '6.1.0',
  '@mui/material': '6.1.0',
  'aws-sdk': '2.1692.0',
  'core-js': '3.39.0',
  'date-fns': '4.1.0',
  eslint: '9.16.0',
  jest: '29.7.0',
  lodash: '4.17.21',
  next: '15.1.0',
  react: '18.3.1',
  'react-dom': '18.3.1',
  rxjs: '7.8.1',
  three: '0.171.0',
  typescript: '5.7.2',
  webpack: '5.97.0',
}

// What is installed beside Python's own library, which differs too much from machine to machine.
const NOT_TAKEN = new Set(['/site-packages', '/dist-packages'])

/**
 * W1: the small files that people have by the hundred thousand. Packages as npm installs them (no script of theirs runs), what the system
 * keeps for all programs, C headers, Python's standard library. The same from run to run on one unchanged machine, not on two.
 *
 * @param scale Share of the files and links that are taken; which ones depends on their path only.
 */
export function makeSourceTree(folder: string, cacheFolder: string, scale: number): void {
  const parts = {
    npm: fetchPackages(join(cacheFolder, 'packages')),
    share: '/usr/share',
    include: '/usr/include',
    python: pythonLibrary(),
  }
  mkdirSync(folder, { recursive: true })
  for (const [name, source] of Object.entries(parts)) copyPart(source, join(folder, name), scale)
  setMadeTime(folder)
}

/** Installs the packages once; answers where they lie. */
function fetchPackages(folder: string): string {
  const modules = join(folder, 'node_modules')
  if (existsSync(modules)) return modules
  const fetching = `${folder}.fetching`
  rmSync(fetching, { recursive: true, force: true })
  mkdirSync(fetching, { recursive: true })
  const project = { name: 'workload', version: '0.0.0', private: true, dependencies: PACKAGES }
  writeFileSync(join(fetching, 'package.json'), JSON.stringify(project))
  const options = ['--ignore-scripts', '--omit=optional', '--legacy-peer-deps', '--no-audit', '--no-fund']
  execFileSync('npm', ['install', ...options], { cwd: fetching, stdio: ['ignore', 'ignore', 'inherit'] })
  rmSync(join(fetching, 'node_modules', '.cache'), { recursive: true, force: true })
  renameSync(fetching, folder)
  return modules
}

function pythonLibrary(): string {
  const ask = 'import sysconfig; print(sysconfig.get_path("stdlib"))'
  return execFileSync('python3', ['-c', ask], { encoding: 'utf8' }).trim()
}

/** Copies a tree as it is; of its files and links a share, and the folders that they need. Devices and the like are left out. */
function copyPart(source: string, target: string, scale: number, relative = ''): void {
  if (scale >= 1) mkdirSync(target, { recursive: true })
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    if (NOT_TAKEN.has(`${relative}/${entry.name}`)) continue
    // A name that is not UTF-8 was not read faithfully, so it cannot be opened.
    if (entry.name.includes('\uFFFD')) continue
    const from = join(source, entry.name)
    const to = join(target, entry.name)
    const path = `${relative}/${entry.name}`
    if (entry.isDirectory()) copyPart(from, to, scale, path)
    else if ((entry.isFile() || entry.isSymbolicLink()) && isTaken(path, scale)) {
      mkdirSync(target, { recursive: true })
      if (entry.isFile()) copyFileSync(from, to)
      else symlinkSync(readlinkSync(from), to)
      setMadeTime(to)
    }
  }
  if (!existsSync(target)) return
  chmodSync(target, lstatSync(source).mode & 0o7777)
  setMadeTime(target)
}

function isTaken(path: string, scale: number): boolean {
  return scale >= 1 || createHash('sha256').update(path).digest().readUInt32BE() < scale * 2 ** 32
}
