"""Section 10: finders, by which a chunk is found in a large index segment that is not read whole."""

import bisect
from collections import namedtuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .keys import hkdf, unseal
from .packs import TAG_BYTES, read_packs
from .place import Cursor, Wrong, sha256_hex

PREFIX_BYTES = 48
SEALED_HEADER_BYTES = 28
HEAD = 0xFFFFFFFF

Finder = namedtuple('Finder', 'key salt header page_bits slices pages')
Slice = namedtuple('Slice', 'offset length packs sha256')
Page = namedtuple('Page', 'offset length rows')


def finder_name(segment, b):
    return f'find/{segment}.{b}'


def nonce_of(ordinal):
    return ordinal.to_bytes(4, 'little') + bytes(8)


def open_finder(place, keys, segment, b):
    """The head of a finder."""
    name = finder_name(segment, b)
    prefix = place.read_range(name, 0, PREFIX_BYTES)
    start = Cursor(prefix)
    if start.bytes(8) != b'EVSTFN01':
        raise Wrong('no finder')
    epoch, length, salt = start.number(4), start.number(4), start.bytes(32)
    key = hkdf(keys.subkey('index', epoch), salt, b'finder')
    aad = keys.repo_id + b'finder' + bytes.fromhex(segment) + prefix
    sealed = place.read_range(name, PREFIX_BYTES, length)
    head = Cursor(unseal(key, nonce_of(HEAD), sealed, aad, 'the head of the finder'))
    header, size = head.bytes(SEALED_HEADER_BYTES), head.number(4)
    page_bits, slice_count = head.number(4), head.number(4)
    if page_bits > 12 or not 0 < slice_count <= 4096:
        raise Wrong('counts that cannot be')
    slices, at = [], SEALED_HEADER_BYTES + 4
    for _ in range(slice_count):
        slices.append(Slice(at, head.number(4), head.number(4), head.bytes(32).hex()))
        at += slices[-1].length
    if at + TAG_BYTES != size or any(one.length == 0 or one.packs == 0 for one in slices):
        raise Wrong('slices that are not the segment')
    pages, at = [], PREFIX_BYTES + length
    for _ in range(1 << page_bits):
        rows = head.number(4)
        pages.append(Page(at, rows * 4 + TAG_BYTES, rows))
        at += pages[-1].length
    head.end()
    if at != place.size(name):
        raise Wrong('another size than its head says')
    return Finder(key, salt, header, page_bits, slices, pages)


def read_page(place, keys, finder, segment, b, number):
    """The rows of a page, ascending: 20 bits of a chunk's id, 12 that say a slice."""
    page = finder.pages[number]
    aad = keys.repo_id + b'page' + finder.salt + number.to_bytes(4, 'little')
    sealed = place.read_range(finder_name(segment, b), page.offset, page.length)
    source = Cursor(unseal(finder.key, nonce_of(number), sealed, aad, f'page {number}'))
    rows = [source.number(4) for _ in range(page.rows)]
    source.end()
    if any(one >= other for one, other in zip(rows, rows[1:])):
        raise Wrong(f'page {number} is not in order')
    if any((row & 0xFFF) >= len(finder.slices) for row in rows):
        raise Wrong(f'page {number} names a slice that is not there')
    return rows


def read_slice(place, keys, finder, segment, b, number):
    """The packs of a slice, which its hash proves: GCM without its tag is counter mode."""
    one = finder.slices[number]
    stored = place.read_range(f'index/{segment}.{b}', one.offset, one.length)
    if sha256_hex(stored) != one.sha256:
        raise Wrong(f'slice {number} has another hash')
    epoch = int.from_bytes(finder.header[12:16], 'little')
    steps, skipped = divmod(one.offset - SEALED_HEADER_BYTES, 16)
    counter = finder.header[16:] + (2 + steps).to_bytes(4, 'big')
    cipher = Cipher(algorithms.AES(keys.subkey('index', epoch)), modes.CTR(counter)).decryptor()
    cipher.update(bytes(skipped))
    source = Cursor(cipher.update(stored))
    packs = read_packs(source, one.packs)
    source.end()
    return packs


def place_of_chunk(finder, chunk_id):
    """The page of a chunk, and its bits in the rows of that page."""
    bits = int.from_bytes(chunk_id[:4], 'big')
    return bits >> (32 - finder.page_bits), (bits << finder.page_bits & 0xFFFFFFFF) >> 12


def find_slices(finder, rows, bits):
    """The slices that a page names for a chunk."""
    first = bisect.bisect_left(rows, bits << 12)
    last = bisect.bisect_left(rows, (bits + 1) << 12)
    return [row & 0xFFF for row in rows[first:last]]


def check_finder(place, keys, segment, b, packs):
    """A finder says what its segment says, and nothing else."""
    finder = open_finder(place, keys, segment, b)
    pages = [read_page(place, keys, finder, segment, b, number) for number in range(len(finder.pages))]
    found, named = [], set()
    for number in range(len(finder.slices)):
        for pack in read_slice(place, keys, finder, segment, b, number):
            found.append(pack)
            for block in pack.blocks:
                for chunk_id, _ in block.chunks:
                    page, bits = place_of_chunk(finder, chunk_id)
                    named.add((page, bits << 12 | number))
                    if number not in find_slices(finder, pages[page], bits):
                        raise Wrong(f'chunk {chunk_id.hex()} is not found')
    if found != packs:
        raise Wrong('its slices hold other packs than the segment')
    if named != {(page, row) for page, rows in enumerate(pages) for row in rows}:
        raise Wrong('it names chunks that are not there')
