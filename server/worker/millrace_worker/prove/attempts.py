"""
Hostile attempts in Python on files, other people's data and the network, as code that broke out of SQL and Jinja would
make them. Each has succeeded when it returns: it raises, or asserts its own effect, otherwise. They touch nothing but
the scratch folder.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import socket
import struct
import tempfile
from pathlib import Path

from millrace_worker.prove.registry import Facts, attempt
from millrace_worker.sandbox.system import syscall as kernel

_AT_FDCWD = -100
_O_TMPFILE = 0o20200000


def _victim(facts: Facts) -> Path:
    return Path(facts["workspace"]) / "victim.txt"


def _fresh(facts: Facts) -> str:
    return str(Path(facts["workspace"]) / f"made-{os.getpid()}-{os.urandom(4).hex()}")


# -- files ---------------------


@attempt
def create_file(facts: Facts) -> None:
    Path(_fresh(facts)).write_text("rows")


@attempt
def append_to_file(facts: Facts) -> None:
    with _victim(facts).open("a") as file:
        file.write("rows")


@attempt
def overwrite_file(facts: Facts) -> None:
    with _victim(facts).open("r+") as file:
        file.write("rows")


@attempt
def truncate_file(facts: Facts) -> None:
    os.truncate(_victim(facts), 1)


@attempt
def open_truncating(facts: Facts) -> None:
    os.close(os.open(_victim(facts), os.O_RDONLY | os.O_TRUNC))


@attempt
def unlink_file(facts: Facts) -> None:
    os.unlink(facts["disposable"])


@attempt
def rename_file(facts: Facts) -> None:
    os.rename(_victim(facts), facts["workspace"] + "/renamed.txt")
    os.rename(facts["workspace"] + "/renamed.txt", _victim(facts))


@attempt
def hard_link(facts: Facts) -> None:
    os.link(_victim(facts), _fresh(facts))


@attempt
def symbolic_link(facts: Facts) -> None:
    os.symlink("/etc/passwd", _fresh(facts))


@attempt
def make_folder(facts: Facts) -> None:
    os.mkdir(_fresh(facts))


@attempt
def make_fifo(facts: Facts) -> None:
    os.mkfifo(_fresh(facts))


@attempt
def make_socket_file(facts: Facts) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(_fresh(facts))


@attempt
def change_mode(facts: Facts) -> None:
    os.chmod(_victim(facts), 0o640)


@attempt
def change_owner(facts: Facts) -> None:
    os.chown(_victim(facts), os.geteuid(), -1)


@attempt
def change_times(facts: Facts) -> None:
    os.utime(_victim(facts), (1, 1))


@attempt
def set_attribute(facts: Facts) -> None:
    os.setxattr(_victim(facts), "user.rows", b"rows")


@attempt
def temporary_file(facts: Facts) -> None:
    with tempfile.NamedTemporaryFile(dir=facts["scratch"]) as file:
        file.write(b"rows")
        file.flush()


@attempt
def unnamed_file(facts: Facts) -> None:
    os.write(os.open(facts["scratch"], _O_TMPFILE | os.O_WRONLY), b"rows")


@attempt
def shared_memory_file(facts: Facts) -> None:
    path = f"/dev/shm/millrace-prove-{os.getpid()}"
    Path(path).write_text("rows")
    os.unlink(path)


@attempt
def memory_file(facts: Facts) -> None:
    os.write(os.memfd_create("rows"), b"rows")


@attempt
def map_shared(facts: Facts) -> None:
    with _victim(facts).open("r+b") as file, mmap.mmap(file.fileno(), 4) as mapped:
        mapped[:4] = b"rows"
        mapped.flush()


@attempt
def allocate_file(facts: Facts) -> None:
    with _victim(facts).open("r+b") as file:
        os.posix_fallocate(file.fileno(), 0, 4096)


@attempt
def send_file(facts: Facts) -> None:
    with _victim(facts).open("rb") as source:
        target = os.open(_fresh(facts), os.O_WRONLY | os.O_CREAT)
        os.sendfile(target, source.fileno(), 0, 4)


@attempt
def openat2_create(facts: Facts) -> None:
    how = struct.pack("<QQQ", os.O_CREAT | os.O_WRONLY, 0o600, 0)
    path = ctypes.c_char_p(_fresh(facts).encode())
    os.close(kernel("openat2", _AT_FDCWD, path, ctypes.c_char_p(how), len(how)))


@attempt
def io_uring(facts: Facts) -> None:
    os.close(kernel("io_uring_setup", 4, ctypes.create_string_buffer(120)))


@attempt
def open_by_handle(facts: Facts) -> None:
    handle = ctypes.create_string_buffer(struct.pack("<Ii", 128, 0) + bytes(128))
    mount = ctypes.c_int()
    path = ctypes.c_char_p(str(_victim(facts)).encode())
    kernel("name_to_handle_at", _AT_FDCWD, path, handle, ctypes.byref(mount), 0)
    folder = os.open(facts["workspace"], os.O_RDONLY)
    os.close(kernel("open_by_handle_at", folder, handle, os.O_RDONLY))


@attempt
def write_inherited_descriptor(facts: Facts) -> None:
    os.write(facts["inheritedWriter"], b"rows")


@attempt
def read_inherited_descriptor(facts: Facts) -> None:
    assert os.pread(facts["inheritedReader"], 64, 0) == facts["inheritedSecret"].encode()


@attempt
def watch_files(facts: Facts) -> None:
    os.close(kernel("inotify_init1", 0))


# -- other people's data ---------------------


@attempt
def read_other_tenant(facts: Facts) -> None:
    assert Path(facts["other"]).read_text() == facts["otherSecret"]


@attempt
def read_other_workspace(facts: Facts) -> None:
    assert Path(facts["colleague"]).read_text() == facts["otherSecret"]


@attempt
def list_other_tenants(facts: Facts) -> None:
    assert os.listdir(Path(facts["other"]).parent)


@attempt
def read_accounts(facts: Facts) -> None:
    assert Path("/etc/passwd").read_text()


@attempt
def list_private_keys(facts: Facts) -> None:
    assert os.listdir("/etc/ssl/private") is not None


@attempt
def list_system_settings(facts: Facts) -> None:
    assert os.listdir("/etc")


@attempt
def list_home_folders(facts: Facts) -> None:
    assert [os.listdir(folder) for folder in ("/home", "/root")]


@attempt
def read_descriptor_links(facts: Facts) -> None:
    assert os.listdir(f"/proc/{os.getppid()}/fd")


@attempt
def read_environment(facts: Facts) -> None:
    assert os.environ[facts["variable"]]


@attempt
def read_parent_environment(facts: Facts) -> None:
    assert Path(f"/proc/{os.getppid()}/environ").read_bytes() is not None


@attempt
def read_first_process(facts: Facts) -> None:
    assert Path("/proc/1/cmdline").read_bytes()


@attempt
def write_own_memory(facts: Facts) -> None:
    data = ctypes.create_string_buffer(b"aaaa")
    with open("/proc/self/mem", "r+b", buffering=0) as memory:
        os.pwrite(memory.fileno(), b"rows", ctypes.addressof(data))


@attempt
def reopen_descriptor(facts: Facts) -> None:
    descriptor = os.open(_victim(facts), os.O_RDONLY)
    os.write(os.open(f"/proc/self/fd/{descriptor}", os.O_WRONLY), b"rows")


# -- network ---------------------


@attempt
def tcp_connect(facts: Facts) -> None:
    socket.create_connection(("127.0.0.1", facts["tcpPort"]), timeout=2).close()


@attempt
def tcp_fast_open(facts: Facts) -> None:
    with socket.socket() as connection:
        connection.sendto(b"rows", 0x20000000, ("127.0.0.1", facts["tcpPort"]))


@attempt
def tcp_listen(facts: Facts) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()


@attempt
def udp_send(facts: Facts) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"rows", ("127.0.0.1", facts["udpPort"]))


@attempt
def look_up_name(facts: Facts) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("192.0.2.1", 53))


@attempt
def unix_connect(facts: Facts) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(facts["unixPath"])


@attempt
def abstract_connect(facts: Facts) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect("\0" + facts["abstractName"])


@attempt
def datagram_pair(facts: Facts) -> None:
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    left.sendto(b"rows", "\0" + facts["abstractDatagram"])
    right.close()


@attempt
def fast_open_option(facts: Facts) -> None:
    left, right = socket.socketpair()
    right.close()
    try:
        left.setsockopt(socket.IPPROTO_TCP, 30, 1)  # TCP_FASTOPEN_CONNECT
    except OSError as error:
        assert error.errno == errno.EOPNOTSUPP  # not a TCP socket: the kernel itself was asked


@attempt
def virtual_socket(facts: Facts) -> None:
    socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM).close()


@attempt
def kernel_crypto(facts: Facts) -> None:
    socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET).close()


@attempt
def netlink(facts: Facts) -> None:
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close()


@attempt
def packet_socket(facts: Facts) -> None:
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
