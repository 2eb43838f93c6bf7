const bytes = Array.from({ length: 255 }, (_, n) => n + 1).filter((byte) => byte !== 0x2f)
const evil = [
  ...bytes.map((byte) => Buffer.from([0x6e, byte])),
  ...bytes.filter((byte) => byte !== 0x2e).map((byte) => Buffer.from([byte])),
  ...[
    '-rf',
    '--help',
    '~',
    '$HOME',
    '`id`',
    '$(id)',
    '%s%n',
    'C:',
    'C:\\Windows',
    '\\\\server\\share',
    'con',
    'NUL.txt',
  ].map((name) => Buffer.from(name)),
  ...['...', '. .', ' ', '  trailing  ', 'name.', '\u202egnp.exe', '\ufeffbom', '👩‍👩‍👧‍👦'].map((name) =>
    Buffer.from(name),
  ),
  ...['__proto__', 'constructor', '.git', 'é'.repeat(127), 'x'.repeat(255), '\u1e9e', 'İ', 'ﬀ'].map((name) =>
    Buffer.from(name),
  ),
]

/** Names of files that programs stumble over, as bytes, each once: every byte that a name may have, options, words of shells and systems, Unicode, the longest. */
export const EVIL_NAMES: readonly Buffer[] = [
  ...new Map(evil.map((name) => [name.toString('latin1'), name])).values(),
]
