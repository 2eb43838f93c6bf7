import {
  chmodSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'

/** Names that have broken archivers: control characters, quotes, options, look-alikes, the longest ones, bytes that are no text. */
export const EVIL_NAMES: readonly Buffer[] = [
  ...Array.from({ length: 31 }, (_, code) => `control ${String.fromCharCode(code + 1)} character`),
  '\x7f',
  ' ',
  '  two spaces  ',
  'trailing space ',
  'trailing dot.',
  '...',
  '....',
  '.hidden',
  '-',
  '--',
  '-rf',
  '--checkpoint-action=exec=sh x',
  '--to-command=cat',
  '@list',
  '~',
  '~root',
  '#comment',
  '!history',
  '$(touch pwned)',
  '`touch pwned`',
  ';ls',
  '|cat',
  '&',
  '>out',
  '*',
  '?',
  '[a-z]',
  '{a,b}',
  '(x)',
  '%s%n',
  '%00',
  '\\',
  '\\n',
  '\\..\\x',
  'C:',
  'C:\\Windows',
  'a:stream',
  '"double"',
  "'single'",
  'new\nline',
  'carriage\rreturn',
  'tab\there',
  'NUL',
  'CON.txt',
  'aux',
  'PaxHeader',
  '._._@PaxHeader',
  'pax_global_header',
  '17 path=.._evil',
  'path=x\n10 size=9',
  'ustar',
  'caf\u00e9 (composed)',
  'cafe\u0301 (decomposed)',
  '\u202eexe.txt',
  '\u200f\u05e9\u05dc\u05d5\u05dd',
  '\u0645\u0631\u062d\u0628\u0627',
  '\u65e5\u672c\u8a9e',
  '\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67',
  '\ud83c\udff4',
  '\u0130stanbul',
  '\u00df',
  '\u1e9e',
  '\ufb01le',
  '\u200b',
  '\ufeffbom',
  '\ufffd',
  '\u2028separator',
  '\u2044slash look-alike',
  '\u2215',
  'K\u212a',
  '\u00c5\u212b',
  'upper',
  'UPPER',
  'Upper',
  'i\u0307',
  'z'.repeat(98),
  'z'.repeat(99),
  'z'.repeat(100),
  'z'.repeat(101),
  'z'.repeat(154),
  'z'.repeat(155),
  'z'.repeat(156),
  'z'.repeat(255),
  '\u00e9'.repeat(127),
  '\ud83d\ude00'.repeat(63),
].map((name) => Buffer.from(name))

/** Names that are not UTF-8. */
export const BINARY_NAMES: readonly Buffer[] = [
  Buffer.from('caf\xe9', 'latin1'),
  Buffer.of(0xff),
  Buffer.of(0xfe, 0xff),
  Buffer.of(0x61, 0x80, 0x62),
  Buffer.of(0xc0, 0xaf),
  Buffer.of(0xed, 0xa0, 0x80),
  Buffer.of(0xf8, 0x88, 0x80, 0x80, 0x80),
  Buffer.concat([Buffer.alloc(200, 'y'), Buffer.of(0xe9)]),
]

const join = (folder: Buffer, name: Buffer | string): Buffer =>
  Buffer.concat([folder, Buffer.from('/'), Buffer.from(name)])

/** Everything an archive must carry. `root` is created. */
export function growTree(root: string, names: readonly Buffer[]): void {
  const top = Buffer.from(root)
  mkdirSync(top)
  names.forEach((name, index) => {
    writeFileSync(join(top, name), `content ${index}`)
    utimesSync(join(top, name), 1, 1_500_000_000 + index + index / 1000)
  })
  const folders = join(top, 'folders')
  mkdirSync(folders)
  for (const name of names) mkdirSync(join(folders, name))
  const links = join(top, 'links')
  mkdirSync(links)
  names.forEach((name, index) => {
    symlinkSync(name, join(links, name))
    lutimesSync(join(links, name), 1, 1_400_000_000 + index)
  })

  const odd = join(top, 'odd')
  mkdirSync(odd)
  for (const size of [0, 1, 511, 512, 513, 10_240, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3_333_333])
    writeFileSync(join(odd, `size ${size}`), Buffer.alloc(size, `${size} `))
  for (const mode of [0o0, 0o400, 0o644, 0o755, 0o777, 0o4755, 0o2755, 0o1777]) {
    const path = join(odd, `mode ${mode.toString(8)}`)
    writeFileSync(path, 'mode')
    chmodSync(path, mode)
    mkdirSync(join(odd, `folder ${mode.toString(8)}`))
    chmodSync(join(odd, `folder ${mode.toString(8)}`), mode)
  }
  const times = {
    epoch: 0,
    fraction: 1_234_567_890.125,
    before1970: -1.5,
    far: 4_294_967_296,
    farther: 8_589_934_592,
  }
  for (const [name, seconds] of Object.entries(times)) {
    writeFileSync(join(odd, name), name)
    utimesSync(join(odd, name), seconds, seconds)
  }
  const targets = {
    dead: '/nowhere',
    loop: 'loop',
    up: '../..',
    longest: 'x/'.repeat(2000),
    text: 'caf\u00e9',
    hundred: 'h'.repeat(100),
    hundredOne: 'h'.repeat(101),
  }
  for (const [name, target] of Object.entries(targets)) symlinkSync(target, join(odd, `link ${name}`))
  writeFileSync(join(odd, 'first name'), 'several names')
  linkSync(join(odd, 'first name'), join(odd, 'second name'))
  linkSync(join(odd, 'first name'), join(folders, 'third name'))

  let deep = join(top, 'deep')
  mkdirSync(deep)
  for (let level = 0; level < 14; level++) {
    deep = join(deep, `${level}`.padEnd(level === 13 ? 250 : 90 + level, 'd'))
    mkdirSync(deep)
    writeFileSync(join(deep, 'f'), `${level}`)
  }
}

/** What there is to compare about one thing. Paths are latin1, so that every byte counts. */
export interface Seen {
  readonly kind: string
  readonly mode: number
  readonly mtimeNs: bigint
  readonly content: string
  /** Paths of the same file, itself included. */
  readonly names: readonly string[]
}

/** Looks at a whole tree. */
export function readTree(root: string): Map<string, Seen> {
  const seen = new Map<string, Seen & { names: string[] }>()
  const byInode = new Map<bigint, string[]>()
  const visit = (path: Buffer, name: string): void => {
    const stats = lstatSync(path, { bigint: true })
    const names = byInode.get(stats.ino) ?? []
    byInode.set(stats.ino, names)
    names.push(name)
    const kind = stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'symlink' : 'file'
    const content =
      kind === 'symlink'
        ? readlinkSync(path, 'buffer').toString('latin1')
        : kind === 'file'
          ? readFileSync(path).toString('latin1')
          : ''
    seen.set(name, { kind, mode: Number(stats.mode & 0o7777n), mtimeNs: stats.mtimeNs, content, names })
    if (kind === 'directory')
      for (const child of readdirSync(path, { encoding: 'buffer' }))
        visit(join(path, child), `${name}/${child.toString('latin1')}`)
  }
  visit(Buffer.from(root), '')
  for (const { names } of seen.values()) names.sort()
  return new Map([...seen].sort(([a], [b]) => (a < b ? -1 : 1)))
}
