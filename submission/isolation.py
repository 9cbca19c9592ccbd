"""Linux namespaces around a submitted model: no network, a read-only file system, processes of its own.

What bubblewrap does, by the same system calls, but for a forked child: the libraries that take seconds to import are
loaded already. This file is also run as a program, so it imports nothing but the standard library.
"""

import ctypes
import errno
import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Of linux/sched.h, linux/mount.h, linux/prctl.h and linux/capability.h.
_CLONE_NEWNS, _CLONE_NEWIPC = 0x0002_0000, 0x0800_0000
_CLONE_NEWUSER, _CLONE_NEWPID, _CLONE_NEWNET = 0x1000_0000, 0x2000_0000, 0x4000_0000
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 1, 2, 4, 8
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x4_0000
_SYS_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE = 442, -100, 0x8000
_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_CAPABILITY_VERSION_3 = 0x2008_0522

# Of linux/seccomp.h, linux/bpf_common.h and linux/socket.h.
_SECCOMP_MODE_FILTER = 2
_ALLOW, _KILL, _FAIL_WITH = 0x7FFF_0000, 0x8000_0000, 0x0005_0000
_LOAD, _AND, _RETURN, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST = 0x20, 0x54, 0x06, 0x15, 0x35
_AT_NUMBER, _AT_ARCHITECTURE, _AT_FIRST_ARGUMENT, _AT_SECOND_ARGUMENT = 0, 4, 16, 24  # the lower halves
_FIRST_OF_X32 = 0x4000_0000
_AF_UNIX, _AF_INET, _AF_INET6, _AF_NETLINK = 1, 2, 10, 16
_SOCK_STREAM, _SOCK_SEQPACKET, _SOCK_TYPE_MASK = 1, 5, 0xF

# Root outside, were it root inside, could write what belongs to root below /proc; nobody cannot.
_UID_INSIDE = 65534
_DEVICES = ("null", "zero", "full", "random", "urandom")
# Sockets of services (Docker, D-Bus, X11) take commands from any process of the same user. The filter of system calls
# makes all of them useless; these are hidden besides.
_FOLDERS_OF_SOCKETS = (Path("/run"), Path("/tmp/.X11-unix"))  # noqa: S108
# In a user namespace of its own, a process could mount, and reach code of the kernel that is for administrators.
_LIMITS_OF_NAMESPACES = tuple(Path(f"/proc/sys/user/max_{kind}_namespaces") for kind in ("user", "mnt"))


@dataclass(frozen=True)
class _SystemCalls:
    """Numbers of system calls on one architecture, and the architecture's own in linux/audit.h."""

    architecture: int
    socket: int
    socketpair: int
    io_uring_setup: int


_SYSTEM_CALLS = {
    "x86_64": _SystemCalls(0xC000_003E, socket=41, socketpair=53, io_uring_setup=425),
    "aarch64": _SystemCalls(0xC000_00B7, socket=198, socketpair=199, io_uring_setup=425),
}


class _Instruction(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    ]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction))]


class _MountAttributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("to_set", "to_clear", "propagation", "userns_fd")]


class _CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


def why_not_isolated() -> str | None:
    """Try in a process of its own whether this machine can isolate one; None if it can, else the reason."""
    if sys.platform != "linux":
        return f"isolation needs Linux, this is {sys.platform}"
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-I", __file__, scratch]
        done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603
    lines = done.stderr.strip().splitlines()
    return None if done.returncode == 0 else (lines[-1] if lines else f"exit status {done.returncode}")


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent dies (Linux; elsewhere without effect)."""
    if sys.platform == "linux":
        _checked(_libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))


def enter_namespaces() -> None:
    """Leave the network, and have children in a process namespace that ends with the first of them.

    Raises
    ------
    OSError
        If the system does not allow it.
    """
    uid, gid = os.getuid(), os.getgid()
    flags = _CLONE_NEWUSER | _CLONE_NEWNS | _CLONE_NEWPID | _CLONE_NEWNET | _CLONE_NEWIPC
    _checked(_libc().unshare(flags))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{_UID_INSIDE} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{_UID_INSIDE} {gid} 1")


def arrange_file_system(scratch: Path, scratch_bytes: int, hidden: Sequence[Path]) -> None:
    """Make all files read-only but a scratch folder in memory; hide folders; replace /dev and /proc.

    From then on nobody inside can make user or mount namespaces.

    To be called by the first process of the namespaces.

    Parameters
    ----------
    scratch : Path
        An existing folder; what is written there vanishes with the namespace.
    scratch_bytes : int
        How much it holds.
    hidden : sequence of Path
        Folders that are to look empty.

    Raises
    ------
    OSError
        If the system does not allow it.
    """
    _mount(None, Path("/"), None, _MS_REC | _MS_PRIVATE)
    _mount("tmpfs", scratch, "tmpfs", _MS_NOSUID | _MS_NODEV, f"size={scratch_bytes},mode=0700")
    devices = scratch / "dev"
    (devices / "shm").mkdir(parents=True)
    for name in _DEVICES:
        (devices / name).touch()
        _mount(f"/dev/{name}", devices / name, None, _MS_BIND)
    _mount(str(devices), Path("/dev"), None, _MS_BIND | _MS_REC)
    shared_memory = Path("/dev/shm")  # noqa: S108
    _mount("tmpfs", shared_memory, "tmpfs", _MS_NOSUID | _MS_NODEV, f"size={scratch_bytes},mode=0700")
    _mount("proc", Path("/proc"), "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    _mount("tmpfs", scratch, "tmpfs", _MS_NOSUID | _MS_NODEV, f"size={scratch_bytes},mode=0700")
    for limit in _LIMITS_OF_NAMESPACES:
        # Of this namespace and those below it; whoever has dropped its privileges cannot raise it again.
        limit.write_text("0")
    for folder in (*_FOLDERS_OF_SOCKETS, *hidden):
        if folder.is_dir():
            _mount("tmpfs", folder, "tmpfs", _MS_NOSUID | _MS_NODEV, "size=4k,mode=0700")
    _set_mount_attributes(Path("/"), to_set=_MS_RDONLY | _MS_NOSUID, flags=_AT_RECURSIVE)
    for writable in (scratch, shared_memory):
        _set_mount_attributes(writable, to_clear=_MS_RDONLY)


def drop_privileges() -> None:
    """Give up what the namespaces' creator may do in them, and some system calls, for good.

    See `_filter_system_calls`. To be called before the process has threads.

    Raises
    ------
    OSError
        If the system does not allow it, or its architecture is not known here.
    """
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()
    _checked(_libc().capset(ctypes.byref(header), ctypes.byref(none)))
    _checked(_libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _filter_system_calls()


def _filter_system_calls() -> None:
    """Refuse Unix sockets but connected pairs, all sockets that are not of the internet, and io_uring.

    A file system that is read-only does not keep anyone from connecting to a socket in it. A pair is harmless if it
    cannot be connected again, as datagrams can. The internet's sockets lead nowhere in a network namespace; io_uring
    makes sockets without the system call.
    """
    calls = _SYSTEM_CALLS.get(platform.machine())
    if calls is None:
        raise OSError(errno.ENOSYS, f"the numbers of system calls are not known on {platform.machine()!r}")
    denied = _FAIL_WITH | errno.EACCES
    instructions = [
        (_LOAD, 0, 0, _AT_ARCHITECTURE),
        (_JUMP_IF_EQUAL, 1, 0, calls.architecture),  # another architecture has other numbers
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _AT_NUMBER),
        (_JUMP_IF_AT_LEAST, 0, 1, _FIRST_OF_X32),
        (_RETURN, 0, 0, _KILL),
        (_JUMP_IF_EQUAL, 0, 1, calls.io_uring_setup),
        (_RETURN, 0, 0, denied),
        (_JUMP_IF_EQUAL, 0, 5, calls.socket),
        (_LOAD, 0, 0, _AT_FIRST_ARGUMENT),
        (_JUMP_IF_EQUAL, 9, 0, _AF_INET),
        (_JUMP_IF_EQUAL, 8, 0, _AF_INET6),
        (_JUMP_IF_EQUAL, 7, 0, _AF_NETLINK),
        (_RETURN, 0, 0, denied),
        (_JUMP_IF_EQUAL, 0, 5, calls.socketpair),
        (_LOAD, 0, 0, _AT_SECOND_ARGUMENT),
        (_AND, 0, 0, _SOCK_TYPE_MASK),
        (_JUMP_IF_EQUAL, 2, 0, _SOCK_STREAM),
        (_JUMP_IF_EQUAL, 1, 0, _SOCK_SEQPACKET),
        (_RETURN, 0, 0, denied),
        (_RETURN, 0, 0, _ALLOW),
    ]
    array = (_Instruction * len(instructions))(*(_Instruction(*each) for each in instructions))
    program = _Program(len(instructions), array)
    _checked(_libc().prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0))


def _check_filtered() -> None:
    """Raise OSError unless Unix sockets are refused, and pairs of them are not."""
    for end in socket.socketpair():
        end.close()
    try:
        socket.socket(_AF_UNIX).close()
    except PermissionError:
        return
    raise OSError(errno.ENOSYS, "Unix sockets are not refused")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _mount(source: str | None, target: Path, kind: str | None, flags: int, options: str | None = None) -> None:
    texts = [None if text is None else os.fsencode(text) for text in (source, str(target), kind, options)]
    try:
        _checked(_libc().mount(texts[0], texts[1], texts[2], ctypes.c_ulong(flags), texts[3]))
    except OSError as error:
        raise OSError(error.errno, f"mounting on {target}: {error.strerror}") from None


def _set_mount_attributes(target: Path, to_set: int = 0, to_clear: int = 0, flags: int = 0) -> None:
    attributes = _MountAttributes(to_set, to_clear, 0, 0)
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    path = os.fsencode(target)
    _checked(_libc().syscall(_SYS_MOUNT_SETATTR, _AT_FDCWD, path, flags, ctypes.byref(attributes), size))


def _try_all(scratch: Path) -> int:
    enter_namespaces()
    pid = os.fork()
    if pid == 0:
        arrange_file_system(scratch, 2**20, hidden=[])
        drop_privileges()
        _check_filtered()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    sys.exit(_try_all(Path(sys.argv[1])))
