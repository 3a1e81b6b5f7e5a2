"""Runs a program and writes down, one JSON line each and in order, what it does to disk and to its sockets.

    python3 power-loss-trace.py TRACE FOLDER PROGRAM ARGS...

Of the files below FOLDER: open for writing, write, truncate, rename, unlink, sync. Of sockets: read, write. A call that
this file does not know and that would change a file below FOLDER is written down as `unknown`, so that nothing is
missed in silence. What reaches the outside (a write to a socket) is written down as it begins, what reaches the disk
as it ends: so an acknowledgement is never seen later, nor a sync earlier, than it was.

Linux 5.3 or later, x86-64 and ARM-64, as an ordinary user: the program is this process's own child.
"""

import base64
import ctypes
import json
import os
import platform
import signal
import stat
import sys

TRACEME, CONT, SETOPTIONS, SYSCALL, GET_SYSCALL_INFO = 0, 7, 0x4200, 24, 0x420E
# TRACESYSGOOD, TRACEFORK, TRACEVFORK, TRACECLONE, TRACEEXEC, EXITKILL: children and threads too, and none outlives us.
OPTIONS = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x100000
WALL = 0x40000000
ENTRY, EXIT = 1, 2
AT_FDCWD = -100

NUMBERS = {
    "x86_64": {
        "read": 0, "write": 1, "open": 2, "writev": 20, "pwrite64": 18, "pwritev": 296, "pwritev2": 328, "sendto": 44,
        "sendmsg": 46, "sendfile": 40, "fsync": 74, "fdatasync": 75, "truncate": 76, "ftruncate": 77, "rename": 82,
        "renameat": 264, "renameat2": 316, "unlink": 87, "unlinkat": 263, "openat": 257, "creat": 85, "link": 86,
        "linkat": 265, "fallocate": 285, "splice": 275, "copy_file_range": 326,
    },
    "aarch64": {
        "read": 63, "write": 64, "writev": 66, "pwrite64": 68, "pwritev": 70, "pwritev2": 287, "sendto": 206,
        "sendmsg": 211, "sendfile": 71, "fsync": 82, "fdatasync": 83, "truncate": 45, "ftruncate": 46, "renameat": 38,
        "renameat2": 276, "unlinkat": 35, "openat": 56, "linkat": 37, "fallocate": 47, "splice": 76,
        "copy_file_range": 285,
    },
}  # fmt: skip
NAMES = {number: name for name, number in NUMBERS[platform.machine()].items()}

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.restype = ctypes.c_long
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


class SyscallInfo(ctypes.Structure):
    """`struct ptrace_syscall_info`: number and arguments at entry, the result at exit, on every architecture alike."""

    _fields_ = [
        ("op", ctypes.c_uint8),
        ("pad", ctypes.c_uint8 * 3),
        ("arch", ctypes.c_uint32),
        ("instruction_pointer", ctypes.c_uint64),
        ("stack_pointer", ctypes.c_uint64),
        ("first", ctypes.c_int64),
        ("args", ctypes.c_uint64 * 6),
    ]


def ptrace(request, pid, address=0, data=0):
    result = libc.ptrace(request, pid, address, data)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def memory(pid, address, length):
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as mem:
        mem.seek(address)
        return mem.read(length)


def text(pid, address):
    """A path: up to its NUL, which may stand just before the end of what can be read."""
    read = b""
    while b"\0" not in read and len(read) < 4096:
        read += memory(pid, address + len(read), 256 - (address + len(read)) % 256)
    return read.split(b"\0")[0].decode()


def vector(pid, address, count):
    parts = memory(pid, address, 16 * count)
    numbers = [int.from_bytes(parts[at : at + 8], "little") for at in range(0, len(parts), 8)]
    return b"".join(memory(pid, base, length) for base, length in zip(numbers[::2], numbers[1::2]))


class Tracer:
    def __init__(self, out, folder):
        self.out = out
        self.folder = os.path.realpath(folder)
        self.entered = {}

    def emit(self, op, **fields):
        data = fields.pop("data", None)
        if data is not None:
            fields["data"] = base64.b64encode(data).decode()
        self.out.write(json.dumps({"op": op, **fields}) + "\n")

    def path(self, pid, directory, name):
        if os.path.isabs(name):
            return os.path.normpath(name)
        base = f"/proc/{pid}/cwd" if directory == AT_FDCWD else f"/proc/{pid}/fd/{directory}"
        return os.path.normpath(os.path.join(os.readlink(base), name))

    def inside(self, path):
        return path == self.folder or path.startswith(self.folder + "/")

    def target(self, pid, fd):
        """What a descriptor is: `socket`, `file`, `folder`, or nothing that matters; with its inode."""
        try:
            link = os.readlink(f"/proc/{pid}/fd/{fd}")
            if link.startswith("socket:"):
                return "socket", link[8:-1]
            if not self.inside(link.removesuffix(" (deleted)")):
                return None, ""
            found = os.stat(f"/proc/{pid}/fd/{fd}")
            return ("folder" if stat.S_ISDIR(found.st_mode) else "file"), str(found.st_ino)
        except FileNotFoundError:
            return None, ""

    def syscall(self, pid):
        info = SyscallInfo()
        ptrace(GET_SYSCALL_INFO, pid, ctypes.sizeof(info), ctypes.addressof(info))
        if info.op == ENTRY:
            name = NAMES.get(info.first)
            signed = [ctypes.c_int64(value).value for value in info.args]
            self.entered[pid] = self.enter(name, pid, signed) if name else None
        elif info.op == EXIT:
            finish = self.entered.pop(pid, None)
            if finish and info.first >= 0:
                finish(info.first)

    def enter(self, name, pid, args):
        """Looks at a call that begins; gives what is to be done when it has ended well."""
        fd = ctypes.c_int32(args[0]).value
        if name in ("write", "writev", "sendto", "sendmsg", "read"):
            kind, node = self.target(pid, fd)
            if kind is None or (name == "read" and kind != "socket"):
                return None
            if name == "read":
                return lambda count: self.emit("receive", socket=node, data=memory(pid, args[1], count))
            if name == "sendmsg":
                return self.emit("unknown", call=name)
            data = vector(pid, args[1], args[2]) if name == "writev" else memory(pid, args[1], args[2])
            if kind == "socket":
                return self.emit("send", socket=node, data=data)
            return lambda count: self.emit("write", file=node, data=data[:count])
        if name in ("fsync", "fdatasync"):
            kind, node = self.target(pid, fd)
            path = os.readlink(f"/proc/{pid}/fd/{fd}") if kind == "folder" else None
            named = {"path": path} if path else {"file": node}
            return None if kind is None else lambda _: self.emit("sync", kind=kind, **named)
        if name == "ftruncate":
            kind, node = self.target(pid, fd)
            return None if kind is None else lambda _: self.emit("truncate", file=node, length=args[1])
        if name in ("openat", "open"):
            at, where, flags = (ctypes.c_int32(args[0]).value, *args[1:3]) if name == "openat" else (AT_FDCWD, *args[:2])
            path = self.path(pid, at, text(pid, where))
            writes = flags & (os.O_WRONLY | os.O_RDWR)
            if not writes or not self.inside(path):
                return None
            truncated = bool(flags & os.O_TRUNC)
            return lambda opened: self.emit("open", path=path, file=self.target(pid, opened)[1], truncated=truncated)
        if name in ("rename", "renameat", "renameat2"):
            old, new = ((AT_FDCWD, args[0]), (AT_FDCWD, args[1])) if name == "rename" else (args[0:2], args[2:4])
            paths = [self.path(pid, ctypes.c_int32(at).value, text(pid, where)) for at, where in (old, new)]
            if not any(map(self.inside, paths)):
                return None
            return lambda _: self.emit("rename", old=paths[0], new=paths[1])
        if name in ("unlink", "unlinkat"):
            at, where = (AT_FDCWD, args[0]) if name == "unlink" else (ctypes.c_int32(args[0]).value, args[1])
            path = self.path(pid, at, text(pid, where))
            return (lambda _: self.emit("unlink", path=path)) if self.inside(path) else None
        if name in ("truncate", "creat", "link"):
            path = self.path(pid, AT_FDCWD, text(pid, args[0]))
            return self.emit("unknown", call=name) if self.inside(path) else None
        if name == "linkat":
            return self.emit("unknown", call=name)
        target = {"splice": args[2], "copy_file_range": args[2]}.get(name, fd)
        return None if self.target(pid, target)[0] is None else self.emit("unknown", call=name)


def main(out_path, folder, program, *arguments):
    os.makedirs(folder, exist_ok=True)
    child = os.fork()
    if child == 0:
        ptrace(TRACEME, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        os.execv(program, [program, *arguments])
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: os.kill(child, received))
    os.waitpid(child, WALL)
    ptrace(SETOPTIONS, child, 0, OPTIONS)
    ptrace(SYSCALL, child)
    # A line at a time: whoever kills this process has everything up to there.
    with open(out_path, "w", buffering=1) as out:
        tracer = Tracer(out, folder)
        seen = {child}
        while True:
            try:
                pid, status = os.waitpid(-1, WALL)
            except ChildProcessError:
                return 0
            if os.WIFEXITED(status) or os.WIFSIGNALED(status):
                if pid == child:
                    return os.waitstatus_to_exitcode(status) & 0xFF
                continue
            pass_on = 0
            stopped_by = os.WSTOPSIG(status)
            try:
                if stopped_by == signal.SIGTRAP | 0x80:
                    tracer.syscall(pid)
                elif pid not in seen:
                    # A new thread or child begins with a stop of its own, which is no signal.
                    pass_on = 0 if stopped_by == signal.SIGSTOP else stopped_by
                elif stopped_by != signal.SIGTRAP:
                    pass_on = stopped_by
                seen.add(pid)
                ptrace(SYSCALL, pid, 0, pass_on)
            except ProcessLookupError:
                continue


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
