#!/usr/bin/python3
"""Reads an Everstow repository in a folder without Everstow.

  read_repository.py FOLDER (--passphrase-file F | --words-file F) [--snapshot ID|latest] --into NEW_FOLDER
  read_repository.py FOLDER (--passphrase-file F | --words-file F) --list | --check

Needs Debian's python3-cryptography and python3-zstandard. Exit status: 0 all well, 1 something is wrong.
"""

import argparse
import json
import os
import sys

sys.dont_write_bytecode = True

from repository_reader.check import check
from repository_reader.keys import password_input, read_word_list, unlock, words_input
from repository_reader.log import NewerNeeded, replay
from repository_reader.packs import Chunks, read_index
from repository_reader.place import Place, Wrong, place_of_log, read_description
from repository_reader.restore import Restore
from repository_reader.tree import read_root

WORD_LIST = os.path.join(
    os.path.dirname(__file__), '../../node_modules/@scure/bip39/wordlists/english.js'
)
# A path of the deepest tree is as deep as the calls that restore it.
sys.setrecursionlimit(20_000)


def read_text(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def parse_arguments():
    parser = argparse.ArgumentParser(description='Reads an Everstow repository in a folder without Everstow.')
    parser.add_argument('folder', help='the destination')
    secret = parser.add_mutually_exclusive_group(required=True)
    secret.add_argument('--passphrase-file', metavar='F')
    secret.add_argument('--words-file', metavar='F', help='the 24 words of the recovery kit')
    parser.add_argument('--word-list', metavar='F', default=WORD_LIST, help="BIP-39's English words, one a line")
    parser.add_argument('--log-home', metavar='DIR', help='the destination that holds the log, if this one does not')
    job = parser.add_mutually_exclusive_group(required=True)
    job.add_argument('--list', action='store_true', help='say which snapshots there are')
    job.add_argument('--check', action='store_true', help='look at every byte')
    job.add_argument('--into', metavar='DIR', help='restore into a folder that does not exist or is empty')
    parser.add_argument('--snapshot', metavar='ID', default='latest', help='an id of a snapshot or backup')
    return parser.parse_args()


def unlock_by(arguments, place, repo_id):
    if arguments.passphrase_file:
        secret = password_input(read_text(arguments.passphrase_file).rstrip('\r\n'))
        return unlock(place, repo_id, 'password', secret)
    words = words_input(read_text(arguments.words_file), read_word_list(read_text(arguments.word_list)))
    return unlock(place, repo_id, 'recovery', words)


def choose(snapshots, wanted):
    """The snapshot that was committed last, or the one of an id. Gives its top directory."""
    for snap_id, (root, tree) in reversed(snapshots.items()):
        if wanted in ('latest', snap_id, root['backupId']):
            return tree
    raise Wrong(f'there is no snapshot {wanted}')


def restore(chunks, tree, into):
    os.makedirs(into, exist_ok=True)
    if os.listdir(into):
        raise Wrong(f'{into} is not empty')
    job = Restore(chunks)
    job.directory(tree, os.fsencode(into))
    return job.problems


def run(arguments):
    """Problems that were met, line by line."""
    place = Place(arguments.folder)
    repo_id = read_description(place)
    log = place_of_log(place, arguments.log_home)
    keys = unlock_by(arguments, place, repo_id)
    state, head = replay(place, keys, log)
    packs, damage = read_index(place, keys, state)
    alarms = state.alarms + damage
    chunks = Chunks(place, keys, packs)
    if arguments.check:
        problems, needless = check(place, keys, log, state, head, packs, chunks)
        for key in needless:
            print(f'nothing needs {key}')
        if state.lost:
            print(f'{len(state.lost)} chunks are known to be lost')
        print(f'{head} records, {len(packs)} packs, {len(state.live_snapshots())} snapshots')
        return alarms + problems
    snapshots = {snap: read_root(place, keys, snap, b) for snap, b in state.live_snapshots().items()}
    if arguments.list:
        for snap_id, (root, _) in snapshots.items():
            print(json.dumps({'id': snap_id, **root}, ensure_ascii=False))
        return alarms
    return alarms + restore(chunks, choose(snapshots, arguments.snapshot), arguments.into)


def main():
    try:
        problems = run(parse_arguments())
    except (Wrong, NewerNeeded, OSError) as problem:
        problems = [problem]
    for problem in problems:
        print(f'wrong: {problem}', file=sys.stderr)
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
