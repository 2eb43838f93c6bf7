"""Section 1 and 2: a folder that is a destination, and what its repo.json says."""

import hashlib
import json
import os
import re

HEX_32 = re.compile(r'[0-9a-f]{32}')
HEX_64 = re.compile(r'[0-9a-f]{64}')


class Wrong(Exception):
    """Something is not as the format says, or not there."""


def hex_bytes(text, pattern=HEX_64):
    """The bytes behind a hex text of a known length."""
    if not isinstance(text, str) or not pattern.fullmatch(text):
        raise Wrong(f'no id: {text!r}')
    return bytes.fromhex(text)


def sha256_hex(data):
    return hashlib.sha256(data).hexdigest()


class Cursor:
    """Reads little-endian numbers and bytes, never past the end."""

    def __init__(self, data):
        self.data = memoryview(data)
        self.at = 0

    def bytes(self, count):
        if self.at + count > len(self.data):
            raise Wrong('cut off')
        self.at += count
        return bytes(self.data[self.at - count : self.at])

    def number(self, count, signed=False):
        return int.from_bytes(self.bytes(count), 'little', signed=signed)

    def end(self):
        if self.at != len(self.data):
            raise Wrong('more than there should be')


class Place:
    """Objects by their keys. A local destination keeps each one in a file of that name."""

    def __init__(self, folder):
        self.folder = folder

    def path(self, key):
        return os.path.join(self.folder, *key.split('/'))

    def read(self, key):
        try:
            with open(self.path(key), 'rb') as file:
                return file.read()
        except FileNotFoundError:
            raise Wrong(f'{key} is missing') from None

    def read_range(self, key, offset, length):
        try:
            with open(self.path(key), 'rb') as file:
                return os.pread(file.fileno(), length, offset)
        except FileNotFoundError:
            raise Wrong(f'{key} is missing') from None

    def size(self, key):
        return os.path.getsize(self.path(key))

    def has(self, key):
        return os.path.exists(self.path(key))

    def keys(self, under=''):
        """Every key that begins with a folder, in order. Everstow's housekeeping is no object."""
        found = []
        for folder, folders, files in os.walk(self.path(under)):
            folders[:] = [name for name in folders if not name.startswith('.everstow')]
            relative = os.path.relpath(folder, self.folder)
            prefix = '' if relative == '.' else relative.replace(os.sep, '/') + '/'
            found += [prefix + name for name in files if not name.startswith('.everstow')]
        return sorted(found)


def place_of_log(place, log_home):
    """Where `log/<n>` lies: here, or at the destination whose folder is `log_home`."""
    if place.has('log/000000000000') or not place.has('log-home.json'):
        return place
    said = json.loads(place.read('log-home.json'))
    if log_home is None:
        raise Wrong(f'the log lies at destination {said["home"]}: --log-home FOLDER')
    return Place(os.path.join(log_home, 'log-homes', said['dest']))


def read_description(place):
    """`repo.json`: what Everstow may need to be understood. Gives the repository's id."""
    stored = place.read('repo.json')
    try:
        said = json.loads(stored)
        if said['format'] != 'everstow-repository':
            raise Wrong('repo.json is not that of a repository')
        if said['version'] != 1 or said['mandatory']:
            raise Wrong(f'a newer reader is needed: version {said["version"]}, {said["mandatory"]}')
        return hex_bytes(said['id'], HEX_32)
    except (ValueError, KeyError, TypeError) as problem:
        raise Wrong(f'repo.json cannot be understood: {problem}') from None
