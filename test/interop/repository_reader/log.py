"""Section 8: the records of the log, and the state that they add up to."""

import json
from collections import namedtuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .keys import unseal
from .packs import read_object
from .place import HEX_32, Cursor, Wrong, hex_bytes, sha256_hex

MAX_RECORD_BYTES = 65536
SIGNATURE_BYTES = 64

Record = namedtuple('Record', 'pos prev rid device type at seen body')
Brought = namedtuple('Brought', 'pos b')


def record_key(pos):
    return f'log/{pos:012d}'


def open_record(keys, pos, stored):
    """A record, its ciphertext and its signature, which is not verified here: that takes the state before."""
    if len(stored) > MAX_RECORD_BYTES:
        raise Wrong('a record that is too long')
    source = Cursor(stored)
    if source.bytes(8) != b'EVSTLG01':
        raise Wrong('no record')
    epoch, nonce = source.number(4), source.bytes(12)
    sealed = source.bytes(source.number(4))
    signature = source.bytes(SIGNATURE_BYTES)
    source.end()
    aad = b'EVSTLG01' + epoch.to_bytes(4, 'little') + keys.repo_id + pos.to_bytes(8, 'little')
    plain = unseal(keys.subkey('log', epoch), nonce, sealed, aad, 'the record')
    try:
        said = json.loads(plain)
        record = Record(*(said[field] for field in Record._fields))
    except (ValueError, KeyError, TypeError) as problem:
        raise Wrong(f'a record that cannot be understood: {problem}') from None
    if record.pos != pos:
        raise Wrong(f'this is record {record.pos}')
    return record, sealed, signature


class NewerNeeded(Exception):
    """A record that only newer readers understand; nobody can go on behind it."""


class State:
    """State(n): what a replay of the records 0 … n gives."""

    def __init__(self, place, keys):
        self.place, self.keys = place, keys
        self.dest = None
        self.owner = None
        self.devices = {}
        self.removed = set()
        self.slots = set()
        self.sessions = {}  # b → begun, done, expired or suspect
        self.committed = {}  # snapshot id → the record that brought it last
        self.forgotten = set()  # also what is not committed yet
        self.segments = {}  # segment id → the record that brought it last
        self.sweeps = {}  # position → packs
        self.given_up = {}  # snapshot id → the sweep that gave it up
        self.restored = set()
        self.purged = set()
        self.lost = set()
        self.lists = {}  # list id → b
        self.alarms = []

    def live_snapshots(self):
        """Ids and sessions of the snapshots that are not forgotten, in the order of their commits."""
        return {snap: it.b for snap, it in self.committed.items() if snap not in self.forgotten}

    def kept_snapshots(self):
        """The same with those that are forgotten but can be remembered again."""
        return {
            snap: it.b
            for snap, it in self.committed.items()
            if snap not in self.forgotten or snap not in self.given_up
        }

    def is_swept(self, pack_id, since):
        """Whether a sweep behind record `since` took the pack out of the index."""
        return any(
            pos > since and pos not in self.restored and pack_id in packs
            for pos, packs in self.sweeps.items()
        )

    def verify(self, record, sealed, signature):
        """Refuses a record that no device of this state may have written."""
        body = record.body
        if record.pos == 0:
            if record.type != 'genesis':
                raise Wrong('the log does not begin with genesis')
            self.dest = hex_bytes(body['dest'], HEX_32)
        elif record.type == 'genesis':
            raise Wrong('a second genesis')
        if record.type in ('genesis', 'device+'):
            device, public_key = body['device']['id'], hex_bytes(body['device']['publicKey'])
            if self.devices.get(device, public_key) != public_key:
                raise Wrong('a device that is another one already')
        else:
            device, public_key = record.device, self.devices.get(record.device)
        if device != record.device or public_key is None or device in self.removed:
            raise Wrong('a device that may not write')
        message = self.keys.repo_id + self.dest + record.pos.to_bytes(8, 'little') + hex_bytes(record.prev)
        message += bytes.fromhex(sha256_hex(sealed))
        try:
            Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
        except InvalidSignature:
            raise Wrong('a wrong signature') from None
        if self.owner not in (None, record.device) and record.type not in ('device+', 'owner'):
            raise Wrong('not by the owner')

    def apply(self, record):
        """One record further. Nothing changes when it is refused."""
        how = {
            'genesis': self.begin_log,
            'begin': self.begin,
            'commit': self.commit,
            'repack': self.repack,
            'forget': lambda pos, body: self.forgotten.update(body['snaps']),
            'unforget': self.unforget,
            'pin': lambda pos, body: None,
            'unpin': lambda pos, body: None,
            'expire': lambda pos, body: self.expire(body['b']),
            'sweep': lambda pos, body: self.sweep(pos, body['packs'], body['snaps']),
            'restore': lambda pos, body: self.restore(body['sweep']),
            'purge': lambda pos, body: self.settle(body['sweep'], self.purged),
            'lost': lambda pos, body: self.lost.update(body['chunks']),
            'found': lambda pos, body: self.lost.difference_update(body['chunks']),
            'device+': lambda pos, body: self.add_device(body['device']),
            'device-': lambda pos, body: self.removed.add(body['id']),
            'key+': lambda pos, body: self.slots.add(body['slot']),
            'key-': lambda pos, body: self.slots.discard(body['slot']),
            'owner': lambda pos, body: self.set_owner(body['device']),
        }.get(record.type)
        if not how:
            raise NewerNeeded(f'a newer reader is needed for {record.type}')
        how(record.pos, record.body)

    def begin_log(self, pos, body):
        if body['repo'] != sha256_hex(self.place.read('repo.json')):
            raise Wrong('repo.json is not the one that the log begins with')
        self.add_device(body['device'])
        if body.get('writers') == 'one':
            self.owner = body['device']['id']

    def add_device(self, device):
        self.devices[device['id']] = hex_bytes(device['publicKey'])

    def set_owner(self, device):
        if self.owner is None:
            raise Wrong('an owner where many write')
        self.owner = device

    def begin(self, pos, body):
        self.sessions[pos] = 'begun'

    def expire(self, b):
        if self.sessions.get(b) == 'begun':
            self.sessions[b] = 'expired'

    def finish(self, pos, body):
        """The end of a session: its segments join the index."""
        b, segments = body['b'], self.long_list(body['idx'])
        if self.sessions.get(b) != 'begun':
            raise Wrong(f'session {b} is {self.sessions.get(b, "unknown")}')
        self.sessions[b] = 'done'
        for segment in body.get('gone', []):
            self.segments.pop(segment, None)
        self.segments.update({segment: Brought(pos, b) for segment in segments})

    def commit(self, pos, body):
        snaps = self.long_list(body['snaps'])
        self.finish(pos, body)
        for snap in snaps:
            self.committed[snap] = Brought(pos, body['b'])
            self.given_up.pop(snap, None)

    def repack(self, pos, body):
        drop = self.long_list(body['drop'])
        self.finish(pos, body)
        self.sweep(pos, drop, [])

    def long_list(self, value):
        """A list of a record, or the one that lies outside of it."""
        if isinstance(value, list):
            return value
        listed = json.loads(read_object(self.place, self.keys, 'list', value['list'], value['b']))
        self.lists[value['list']] = value['b']
        return listed

    def unforget(self, pos, body):
        self.forgotten.difference_update([snap for snap in body['snaps'] if snap not in self.given_up])

    def sweep(self, pos, packs, snaps):
        self.sweeps[pos] = set(packs)
        for snap in snaps:
            before = self.given_up.get(snap)
            if snap in self.committed and snap in self.forgotten and (before is None or before in self.restored):
                self.given_up[snap] = pos

    def restore(self, sweep):
        """Snapshots are whole again once neither the sweep that gave them up nor any behind it stands."""
        self.settle(sweep, self.restored)
        if sweep in self.restored:
            newest = max((pos for pos in self.sweeps if pos not in self.restored), default=-1)
            self.given_up = {snap: pos for snap, pos in self.given_up.items() if pos <= newest}

    def settle(self, sweep, how):
        """A sweep is undone or made final, whichever comes first."""
        if sweep in self.sweeps and sweep not in self.restored | self.purged:
            how.add(sweep)

    def suspect(self, record):
        """The session that a refused record names cannot be finished any more."""
        if record.type in ('commit', 'repack') and self.sessions.get(record.body.get('b')) == 'begun':
            self.sessions[record.body['b']] = 'suspect'


def replay(place, keys, log):
    """The state after the last record, and how many there are. A record that does not count becomes an alarm."""
    state, pos, prev = State(place, keys), 0, '0' * 64
    while log.has(record_key(pos)):
        stored = log.read(record_key(pos))
        record = None
        try:
            record, sealed, signature = open_record(keys, pos, stored)
            if record.prev != prev:
                raise Wrong('it names another predecessor')
            state.verify(record, sealed, signature)
            state.apply(record)
        except Wrong as problem:
            state.alarms.append(f'{record_key(pos)}: {problem}')
            if record:
                state.suspect(record)
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            state.alarms.append(f'{record_key(pos)}: a body that cannot be understood: {problem!r}')
        if state.dest is None:
            raise Wrong('; '.join(state.alarms))
        prev, pos = sha256_hex(stored), pos + 1
    if pos == 0:
        raise Wrong('there is no log')
    return state, pos
