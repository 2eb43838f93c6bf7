"""Section 3: from a password or 24 words to the keys of everything."""

import hashlib
import hmac
import json
import re
import unicodedata

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .place import HEX_64, Cursor, Wrong, hex_bytes

SLOT_FIELDS = ['version', 'kind', 'label', 'created', 'kdf', 'commit', 'sealed']
SLOT_ID = re.compile(r'[0-9a-f]{16}')
SEALED = re.compile(r'([0-9a-f]{2})+')


def hkdf(key, salt, info):
    """HKDF-SHA-256 (RFC 5869) of 32 bytes, which are one round."""
    extracted = hmac.digest(salt or bytes(32), key, 'sha256')
    return hmac.digest(extracted, info + b'\x01', 'sha256')


def unseal(key, nonce, sealed, aad, what):
    """Opens AES-256-GCM with its tag at the end."""
    try:
        return AESGCM(key).decrypt(nonce, bytes(sealed), aad)
    except (InvalidTag, ValueError):
        raise Wrong(f'{what} does not open') from None


class Keys:
    """The master keys of all epochs, and what is derived from them."""

    def __init__(self, repo_id, masters):
        self.repo_id = repo_id
        self.masters = masters
        self.derived = {}
        self.chunk_key = self.subkey('chunk-id', 1)

    def subkey(self, label, epoch):
        if not 1 <= epoch <= len(self.masters):
            raise Wrong(f'no key of epoch {epoch}')
        if (label, epoch) not in self.derived:
            info = f'everstow/v1/{label}'.encode()
            self.derived[label, epoch] = hkdf(self.masters[epoch - 1], self.repo_id, info)
        return self.derived[label, epoch]

    def chunk_id(self, plaintext):
        return hmac.digest(self.chunk_key, plaintext, 'sha256')


def password_input(text):
    return unicodedata.normalize('NFC', text).encode()


def words_input(text, word_list):
    """The entropy behind 24 words of BIP-39, whose last 8 bits are its checksum."""
    words = text.split()
    if len(words) != 24 or not all(word in word_list for word in words):
        raise Wrong('these are not 24 words of the list')
    bits = 0
    for word in words:
        bits = bits << 11 | word_list.index(word)
    entropy = (bits >> 8).to_bytes(32, 'big')
    if hashlib.sha256(entropy).digest()[0] != bits & 255:
        raise Wrong('the words contain a mistake')
    return entropy


def read_word_list(text):
    """The 2,048 words in their order, out of any file that holds them one a line."""
    found = re.search(r'(?:[a-z]{3,8}\n){2047}[a-z]{3,8}', text)
    if not found:
        raise Wrong('this is no list of 2,048 words')
    return found.group().split('\n')


def parse_slot(stored):
    """A slot's fields, and its bytes before `,"sealed":`."""
    try:
        slot = json.loads(stored)
        newer = slot['version'] != 1
        sealed = hex_bytes(slot['sealed'], SEALED)
        kdf = slot['kdf']
        n, r, p, salt = kdf['n'], kdf['r'], kdf['p'], hex_bytes(kdf['salt'])
        commit, kind, label = hex_bytes(slot['commit']), slot['kind'], slot['label']
        label_units = len(label.encode('utf-16-le', 'surrogatepass')) // 2
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise Wrong(f'a slot that cannot be understood: {problem}') from None
    if newer or kdf['id'] != 'scrypt' or kind not in ('password', 'recovery'):
        raise Wrong('a slot for newer readers')
    head = stored.partition(b',"sealed":')[0]
    if list(slot) != SLOT_FIELDS or stored != head + b',"sealed":"' + slot['sealed'].encode() + b'"}':
        raise Wrong('a slot whose fields are not in their order')
    if len(stored) > 65536 or label_units > 200:
        raise Wrong('a slot that is too long')
    if n not in [1 << e for e in range(15, 21)] or r != 8 or p not in (1, 2, 3, 4):
        raise Wrong('a slot that costs too little or too much')
    return kind, (n, r, p, salt), commit, head, sealed


def open_slot(repo_id, slot_id, stored, kind, secret):
    """The master keys in a slot, or None when it is of another kind or secret."""
    slot_kind, (n, r, p, salt), commit, head, sealed = parse_slot(stored)
    if slot_kind != kind:
        return None
    derived = hashlib.scrypt(secret, salt=salt, n=n, r=r, p=p, maxmem=2**31 - 1, dklen=64)
    if not hmac.compare_digest(hkdf(derived[32:], b'', b'everstow/v1/slot-commit'), commit):
        return None
    aad = repo_id + slot_id.encode() + hashlib.sha256(head).digest()
    plain = Cursor(unseal(derived[:32], bytes(12), sealed, aad, f'keys/{slot_id}'))
    masters = []
    for epoch in range(1, plain.number(4) + 1):
        if plain.number(4) != epoch:
            raise Wrong('epochs with a gap')
        masters.append(plain.bytes(32))
    plain.end()
    if not masters:
        raise Wrong('a slot without keys')
    return masters


def unlock(place, repo_id, kind, secret):
    """Tries every slot of a kind. A damaged one matters only when no other opens."""
    damaged = []
    for key in place.keys('keys'):
        slot_id = key.removeprefix('keys/')
        if not SLOT_ID.fullmatch(slot_id):
            continue
        try:
            masters = open_slot(repo_id, slot_id, place.read(key), kind, secret)
        except Wrong as problem:
            damaged.append(f'{key}: {problem}')
        else:
            if masters:
                return Keys(repo_id, masters)
    reasons = ''.join(f'; {reason}' for reason in damaged)
    raise Wrong(f'wrong {"passphrase" if kind == "password" else "words"}: no slot opens{reasons}')
