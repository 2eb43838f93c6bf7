"""Sections 4, 5 and 7: sealed objects, packs, blocks and index segments."""

import hmac
from collections import namedtuple

import zstandard

from .keys import hkdf, unseal
from .place import Cursor, Wrong, sha256_hex

HEADER_BYTES = 48
TAG_BYTES = 16
MAX_BLOCK_BYTES = 1 << 30
TRAILER = 0xFFFFFFFF
OBJECT_TYPES = {'index': 1, 'snap': 2, 'list': 3, 'ckpt': 4}

Block = namedtuple('Block', 'offset stored_length length chunks')
Pack = namedtuple('Pack', 'id size kind epoch salt blocks table')


def open_object(keys, kind, stored):
    """The plaintext of a sealed object."""
    head = Cursor(stored)
    if head.bytes(8) != b'EVSTOB01' or head.number(1) != OBJECT_TYPES[kind] or head.bytes(3) != bytes(3):
        raise Wrong(f'no sealed object of type {kind}')
    epoch, nonce = head.number(4), head.bytes(12)
    return unseal(keys.subkey(kind, epoch), nonce, stored[28:], stored[:16] + keys.repo_id, f'this {kind}')


def read_object(place, keys, kind, object_id, b):
    """The plaintext of `<kind>/<object_id>.<b>`, whose name is its hash."""
    key = f'{kind}/{object_id}.{b}'
    stored = place.read(key)
    if sha256_hex(stored) != object_id:
        raise Wrong(f'{key} has another hash')
    return open_object(keys, kind, stored)


def decompress(frame, length):
    """A zstd frame of exactly `length` bytes."""
    try:
        if zstandard.frame_content_size(frame) not in (-1, length):
            raise Wrong('a frame of another length')
        stream = zstandard.ZstdDecompressor().decompressobj()
        plain = stream.decompress(frame)
    except zstandard.ZstdError as problem:
        raise Wrong(f'not zstd: {problem}') from None
    if len(plain) != length or stream.unused_data or not stream.eof:
        raise Wrong('a frame of another length')
    return plain


def pack_key_name(pack_id, b):
    return f'data/{pack_id[:2]}/{pack_id}.{b}'


def pack_key(keys, epoch, salt):
    return hkdf(keys.subkey('pack', epoch), salt, b'pack')


def open_block(keys, pack, ordinal, sealed):
    """The chunks of block `ordinal`, one after another."""
    block = pack.blocks[ordinal]
    aad = keys.repo_id + b'block' + pack.salt + ordinal.to_bytes(4, 'little') + pack.epoch.to_bytes(4, 'little')
    nonce = ordinal.to_bytes(4, 'little') + bytes(8)
    plain = unseal(pack_key(keys, pack.epoch, pack.salt), nonce, sealed, aad, f'block {ordinal}')
    head = Cursor(plain)
    codec, length = head.number(1), head.number(4)
    if codec not in (0, 1) or length != block.length:
        raise Wrong(f'block {ordinal} is another than the table says')
    payload = plain[5:]
    if codec == 1:
        return decompress(payload, length)
    if len(payload) != length:
        raise Wrong(f'block {ordinal} has another length')
    return payload


def read_table(source):
    """A block table where the cursor stands, and its bytes."""
    start, end, blocks = source.at, HEADER_BYTES, []
    for _ in range(source.number(4)):
        offset, stored_length, length, count = (source.number(4) for _ in range(4))
        chunks = [(source.bytes(32), source.number(4)) for _ in range(count)]
        if offset != end or length > MAX_BLOCK_BYTES or not TAG_BYTES + 5 < stored_length <= length + 21:
            raise Wrong('blocks that cannot lie so')
        if not chunks or any(size == 0 for _, size in chunks) or sum(size for _, size in chunks) != length:
            raise Wrong('chunks that do not fill their block')
        end += stored_length
        blocks.append(Block(offset, stored_length, length, chunks))
    if not blocks:
        raise Wrong('a pack without blocks')
    return blocks, bytes(source.data[start : source.at])


def padme(length):
    """The size to which a length is filled up (Nikitin et al., PETS 2019)."""
    e = length.bit_length() - 1
    step = 1 << (e - e.bit_length())
    return (length + step - 1) // step * step


def pack_size(blocks, table):
    return padme(blocks[-1].offset + blocks[-1].stored_length + len(table) + 32 + TAG_BYTES + 4)


def read_segment(plain):
    """The packs of an index segment."""
    source = Cursor(plain)
    packs = read_packs(source, source.number(4))
    source.end()
    return packs


def read_packs(source, count):
    """So many packs where the cursor stands."""
    packs = []
    for _ in range(count):
        pack_id, size, kind = source.bytes(32).hex(), source.number(4), source.number(1)
        epoch, salt = source.number(4), source.bytes(32)
        blocks, table = read_table(source)
        if kind not in (0, 1) or size != pack_size(blocks, table):
            raise Wrong(f'pack {pack_id} cannot be of {size} bytes and kind {kind}')
        packs.append(Pack(pack_id, size, kind, epoch, salt, blocks, table))
    return packs


def check_pack(keys, pack, stored):
    """Compares every byte of a pack with what the index says of it."""
    if len(stored) != pack.size or sha256_hex(stored) != pack.id:
        raise Wrong('another size or hash than its name')
    header = Cursor(stored)
    if header.bytes(8) != b'EVSTPK01' or header.number(1) != pack.kind or header.bytes(3) != bytes(3):
        raise Wrong('another header than the index says')
    if header.number(4) != pack.epoch or header.bytes(32) != pack.salt:
        raise Wrong('another epoch or salt than the index says')
    end = pack.blocks[-1].offset + pack.blocks[-1].stored_length
    if int.from_bytes(stored[-4:], 'little') != len(stored) - 4 - end:
        raise Wrong('a trailer of another length')
    key = pack_key(keys, pack.epoch, pack.salt)
    nonce = TRAILER.to_bytes(4, 'little') + bytes(8)
    aad = keys.repo_id + b'trailer' + stored[:HEADER_BYTES]
    trailer = unseal(key, nonce, stored[end:-4], aad, 'the trailer')
    commitment = hmac.digest(key, b'everstow/v1/pack-commit', 'sha256')
    said = pack.table + commitment
    if trailer[: len(said)] != said or any(trailer[len(said) :]):
        raise Wrong('another trailer than the index says')
    for ordinal, block in enumerate(pack.blocks):
        plain = open_block(keys, pack, ordinal, stored[block.offset : block.offset + block.stored_length])
        at = 0
        for chunk_id, length in block.chunks:
            if keys.chunk_id(plain[at : at + length]) != chunk_id:
                raise Wrong(f'a chunk of block {ordinal} has another id')
            at += length


def read_index(place, keys, state):
    """The packs of the index and the sessions in whose names they lie, and what of it cannot be read."""
    brought, problems = {}, []
    for segment, (pos, b) in sorted(state.segments.items(), key=lambda item: item[1]):
        try:
            for pack in read_segment(read_object(place, keys, 'index', segment, b)):
                if not state.is_swept(pack.id, pos):
                    brought[pack.id] = (pack, b)
        except Wrong as problem:
            problems.append(f'index/{segment}.{b}: {problem}')
    return list(brought.values()), problems


class Chunks:
    """Finds chunks in the packs of the index. Keeps the blocks that were opened last."""

    KEPT_BLOCKS = 64

    def __init__(self, place, keys, brought):
        self.place, self.keys = place, keys
        self.blocks = {}
        self.where = {}
        for pack, b in brought:
            for ordinal, block in enumerate(pack.blocks):
                at = 0
                for chunk_id, length in block.chunks:
                    self.where.setdefault(chunk_id, []).append((pack, b, ordinal, at, length))
                    at += length

    def read(self, chunk_id):
        """A chunk from the first pack that gives it."""
        problem = Wrong('no pack has it')
        for pack, b, ordinal, at, length in self.where.get(chunk_id, []):
            try:
                chunk = self.block(pack, b, ordinal)[at : at + length]
                if self.keys.chunk_id(chunk) == chunk_id:
                    return chunk
                problem = Wrong(f'pack {pack.id} holds something else')
            except Wrong as found:
                problem = found
        raise Wrong(f'chunk {chunk_id.hex()}: {problem}')

    def block(self, pack, b, ordinal):
        plain = self.blocks.pop((pack.id, ordinal), None)
        if plain is None:
            block = pack.blocks[ordinal]
            sealed = self.place.read_range(pack_key_name(pack.id, b), block.offset, block.stored_length)
            plain = open_block(self.keys, pack, ordinal, sealed)
        self.blocks[pack.id, ordinal] = plain
        if len(self.blocks) > self.KEPT_BLOCKS:
            del self.blocks[next(iter(self.blocks))]
        return plain
