#!/usr/bin/env python3
"""Checks a folder `audit`, written from docs/format/audit-log.md alone. Says the number of entries, or the first that is not as it should be."""
import hashlib
import json
import re
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LINE = re.compile(rb'(\{.+),"hash":"([0-9a-f]{64})","signature":"((?:[0-9a-f]{128})?)"\}')
HEAD = re.compile(rb'\{"number":(0|[1-9]\d*),"hash":"([0-9a-f]{64})","signature":"((?:[0-9a-f]{128})?)"\}\n')
ZERO = "0" * 64


def is_signed(public_key: str, message: str, signature: str) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), message.encode())
        return True
    except (InvalidSignature, ValueError):
        return False


def newest_pin(paths: list[Path]) -> tuple[int, str] | None:
    """What was said last of where the log begins: the number and hash before."""
    for path in reversed(paths):
        line = (path.read_bytes().split(b"\n") + [b"", b""])[1]
        if b'"action":"audit.trim"' in line:
            entry = json.loads(line)
            if entry["device"]:
                return int(entry["targets"]["begins"]) - 1, entry["targets"]["previous"]
    return None


def main(folder: Path) -> str | int:
    head = HEAD.fullmatch((folder / "head.json").read_bytes())
    if not head:
        return "head.json is damaged"
    end, end_hash, end_signature = int(head[1]), head[2].decode(), head[3].decode()
    number, previous, keys, hashes = 0, ZERO, {}, {0: ZERO}
    paths = sorted(folder.glob("[0-9]" * 12 + ".jsonl"))
    pin = newest_pin(paths)
    if pin and paths and 1 < int(paths[0].stem) <= pin[0] + 1:
        number = int(paths[0].stem) - 1
        previous = json.loads(paths[0].read_bytes().split(b"\n")[0])["previous"]
        hashes = {number: previous}
    for path in paths:
        *lines, rest = path.read_bytes().split(b"\n")
        if lines and int(path.stem) != number + 1:
            return f"{number + 1}: file {path.name}"
        for line in lines:
            number += 1
            match = LINE.fullmatch(line)
            if not match or hashlib.sha256(match[1] + b"}").hexdigest() != match[2].decode():
                return f"{number}: changed"
            entry, digest, signature = json.loads(match[1] + b"}"), match[2].decode(), match[3].decode()
            if entry["number"] != number or entry["previous"] != previous:
                return f"{number}: order"
            if entry["action"] == "audit.key":
                keys[entry["targets"]["device"]] = entry["targets"]["public_key"]
            message = f"everstow audit entry 1\n{digest}\n"
            device = entry["device"]
            if (signature != "") if device == "" else not is_signed(keys.get(device, ""), message, signature):
                return f"{number}: signature"
            if pin and number == pin[0] + 1 and previous != pin[1]:
                return f"{number}: chain"
            previous = hashes[number] = digest
        if rest and number < end:
            return f"{number + 1}: changed"
    if hashes.get(end) != end_hash:
        return f"{number + 1}: cut"
    head_message = f"everstow audit head 1\n{end}\n{end_hash}\n"
    if end_signature and not any(is_signed(key, head_message, end_signature) for key in keys.values()):
        return "head.json is not signed by a key of the log"
    return number


if __name__ == "__main__":
    outcome = main(Path(sys.argv[1]))
    print(outcome)
    sys.exit(0 if isinstance(outcome, int) else 4)
