"""Section 6: directories and the roots of snapshots."""

import json
from collections import namedtuple

from .packs import read_object
from .place import Cursor, Wrong, hex_bytes

FILE, DIRECTORY, LINK, FIFO, SOCKET, CHARACTER_DEVICE, BLOCK_DEVICE = range(7)
SPARSE, HAS_XATTRS, HARD_LINK = 1, 2, 4

Entry = namedtuple(
    'Entry', 'type flags name mode uid gid size mtime ctime inode device chunks subtree target rdev xattrs'
)


def read_root(place, keys, snap_id, b):
    """What the root of a snapshot says, and the chunk id of its top directory."""
    try:
        root = json.loads(read_object(place, keys, 'snap', snap_id, b))
        if root['version'] != 1:
            raise Wrong('a snapshot for newer readers')
        return root, hex_bytes(root['tree'])
    except (ValueError, KeyError, TypeError) as problem:
        raise Wrong(f'a snapshot that cannot be understood: {problem}') from None


def read_directory(plain):
    """The entries of a directory, every rule of the format upheld."""
    source, entries, previous = Cursor(plain), [], b''
    if source.number(1) != 1:
        raise Wrong('a directory for newer readers')
    for _ in range(source.number(4)):
        entry = read_entry(source)
        if entry.name <= previous:
            raise Wrong('names out of order')
        previous = entry.name
        entries.append(entry)
    source.end()
    return entries


def read_entry(source):
    kind, flags, name_length = source.number(1), source.number(1), source.number(2)
    mode, uid, gid, size = source.number(4), source.number(4), source.number(4), source.number(8)
    mtime, ctime = source.number(8, signed=True), source.number(8, signed=True)
    inode, device = source.number(8), source.number(8)
    name = source.bytes(name_length)
    chunks, subtree, target, rdev, xattrs = [], None, None, None, []
    if kind == FILE:
        chunks = [source.bytes(32) for _ in range(source.number(4))]
    elif kind == DIRECTORY:
        subtree = source.bytes(32)
    elif kind == LINK:
        target = source.bytes(source.number(2))
    elif kind in (CHARACTER_DEVICE, BLOCK_DEVICE):
        rdev = source.number(8)
    if flags & HAS_XATTRS:
        for _ in range(source.number(2)):
            key = source.bytes(source.number(2))
            xattrs.append((key, source.bytes(source.number(4))))
    names = [key for key, _ in xattrs]
    wrong = (
        kind > BLOCK_DEVICE
        or flags & ~(SPARSE | HAS_XATTRS | HARD_LINK)
        or (flags & SPARSE and kind != FILE)
        or (flags & HARD_LINK and kind == DIRECTORY)
        or mode & ~0o7777
        or size >= 1 << 53
        or (size == 0) != (not chunks)
        or name in (b'', b'.', b'..')
        or b'/' in name
        or b'\0' in name
        or target == b''
        or (flags & HAS_XATTRS and not names)
        or b'' in names
        or names != sorted(set(names))
    )
    if wrong:
        raise Wrong(f'an entry that cannot be: {name!r}')
    return Entry(
        kind, flags, name, mode, uid, gid, size, mtime, ctime, inode, device, chunks, subtree, target, rdev, xattrs
    )
