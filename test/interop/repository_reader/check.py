"""Looks at every byte that the log says is there."""

import json

import zstandard

from .finder import check_finder, finder_name
from .keys import SLOT_ID, parse_slot
from .log import record_key
from .packs import check_pack, open_object, pack_key_name, read_object, read_segment
from .place import Wrong, sha256_hex
from .tree import DIRECTORY, read_directory, read_root


def check(place, keys, log, state, head, packs, chunks):
    """Problems, and keys of what nothing needs (which are none)."""
    problems = []
    known = {'repo.json', 'log-home.json'} | {record_key(pos) for pos in range(head)}

    def look(key, at):
        known.add(key)
        try:
            at()
        except (Wrong, ValueError, KeyError) as problem:
            problems.append(f'{key}: {problem}')

    for slot in sorted(state.slots):
        look(f'keys/{slot}', lambda: parse_slot(place.read(f'keys/{slot}')))
    known.update(f'index/{segment}.{it.b}' for segment, it in state.segments.items())
    for segment, it in state.segments.items():
        # It only saves reading, so that it may be missing.
        if place.has(finder_name(segment, it.b)):
            look(finder_name(segment, it.b), lambda: check_one_finder(place, keys, segment, it.b))
    for listed, b in state.lists.items():
        look(f'list/{listed}.{b}', lambda: read_object(place, keys, 'list', listed, b))
    for pack, b in packs:
        key = pack_key_name(pack.id, b)
        look(key, lambda: check_pack(keys, pack, place.read(key)))
    seen = set()
    for snap, b in state.kept_snapshots().items():
        look(f'snap/{snap}.{b}', lambda: check_tree(chunks, read_root(place, keys, snap, b)[1], seen))
    for key in place.keys('ckpt'):
        look(key, lambda: check_checkpoint(keys, log, key.removeprefix('ckpt/'), place.read(key)))
    for key in log.keys('log'):
        if key not in known:
            problems.append(f'{key}: beyond the end of the log')
    for key in place.keys('keys'):
        if SLOT_ID.fullmatch(key.removeprefix('keys/')):
            look(key, lambda: parse_slot(place.read(key)))
    # Logs of other destinations are theirs to check.
    return problems, [key for key in place.keys() if key not in known and not key.startswith('log-homes/')]


def check_one_finder(place, keys, segment, b):
    check_finder(place, keys, segment, b, read_segment(read_object(place, keys, 'index', segment, b)))


def check_tree(chunks, chunk_id, seen):
    """Every directory below this one can be read, and every file is as long as its chunks."""
    if chunk_id in seen:
        return
    seen.add(chunk_id)
    for entry in read_directory(chunks.read(chunk_id)):
        if entry.type == DIRECTORY:
            check_tree(chunks, entry.subtree, seen)
        try:
            length = sum(chunks.where[chunk][0][-1] for chunk in entry.chunks)
        except KeyError as missing:
            raise Wrong(f'{entry.name!r}: no pack has chunk {missing.args[0].hex()}') from None
        if length != entry.size:
            raise Wrong(f'{entry.name!r}: {length} bytes instead of {entry.size}')


def check_checkpoint(keys, log, pos, stored):
    plain = open_object(keys, 'ckpt', stored)
    try:
        said = json.loads(zstandard.ZstdDecompressor().decompressobj().decompress(plain))
    except zstandard.ZstdError as problem:
        raise Wrong(f'not zstd: {problem}') from None
    if said['pos'] != int(pos) or said['hash'] != sha256_hex(log.read(f'log/{pos}')):
        raise Wrong('not of this log')
