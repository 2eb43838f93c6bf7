"""Writes a snapshot's tree into a folder."""

import os
import stat

from .place import Wrong
from .tree import (
    BLOCK_DEVICE, CHARACTER_DEVICE, DIRECTORY, FIFO, FILE, HARD_LINK, LINK, SOCKET, SPARSE, read_directory,
)

SPECIAL = {
    FIFO: stat.S_IFIFO, SOCKET: stat.S_IFSOCK, CHARACTER_DEVICE: stat.S_IFCHR, BLOCK_DEVICE: stat.S_IFBLK,
}
HOLE_BYTES = 4096


class Restore:
    """Keeps what hard links need: the first path of every file that has several."""

    def __init__(self, chunks):
        self.chunks = chunks
        self.first_paths = {}
        self.problems = []

    def directory(self, chunk_id, folder):
        """Puts the entries of a directory below `folder` (bytes)."""
        for entry in read_directory(self.chunks.read(chunk_id)):
            path = os.path.join(folder, entry.name)
            try:
                self.entry(entry, path)
            except (Wrong, OSError) as problem:
                self.problems.append(f'{path!r}: {problem}')

    def entry(self, entry, path):
        group = (entry.device, entry.inode) if entry.flags & HARD_LINK else None
        if group in self.first_paths:
            os.link(self.first_paths[group], path, follow_symlinks=False)
            return
        self.make(entry, path)
        if group:
            self.first_paths[group] = path
        self.dress(entry, path)

    def make(self, entry, path):
        if entry.type == FILE:
            self.file(entry, path)
        elif entry.type == DIRECTORY:
            os.mkdir(path, 0o700)
            self.directory(entry.subtree, path)
        elif entry.type == LINK:
            os.symlink(entry.target, path)
        else:
            os.mknod(path, SPECIAL[entry.type] | 0o600, entry.rdev or 0)

    def file(self, entry, path):
        with open(path, 'xb') as file:
            for chunk_id in entry.chunks:
                chunk = self.chunks.read(chunk_id)
                if entry.flags & SPARSE:
                    write_around_holes(file, chunk)
                else:
                    file.write(chunk)
            if file.tell() != entry.size:
                raise Wrong(f'{file.tell()} bytes instead of {entry.size}')
            file.truncate(entry.size)

    def dress(self, entry, path):
        """Owner, attributes, mode and time: in an order in which none undoes another."""
        if os.geteuid() == 0:
            os.lchown(path, entry.uid, entry.gid)
        for name, value in entry.xattrs:
            try:
                os.setxattr(path, name, value, follow_symlinks=False)
            except OSError as problem:
                self.problems.append(f'{path!r}: attribute {name!r}: {problem}')
        if entry.type != LINK:
            os.chmod(path, entry.mode)
        status = os.lstat(path)
        os.utime(path, ns=(status.st_atime_ns, entry.mtime), follow_symlinks=False)


def write_around_holes(file, chunk):
    """Leaves out whole pieces of zeros. The end of the file is set by its size."""
    at = 0
    while at < len(chunk):
        until = at + HOLE_BYTES - file.tell() % HOLE_BYTES
        piece = chunk[at:until]
        if any(piece):
            file.write(piece)
        else:
            file.seek(len(piece), os.SEEK_CUR)
        at += len(piece)
