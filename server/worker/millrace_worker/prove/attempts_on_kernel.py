"""Hostile attempts in Python on other processes, privileges and the kernel; otherwise as in `attempts.py`."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import mmap
import os
import resource
import signal
import struct

from millrace_worker.prove.registry import Facts, attempt
from millrace_worker.sandbox.system import (
    PR_GET_DUMPABLE,
    PR_GET_PDEATHSIG,
    PR_SET_CHILD_SUBREAPER,
    PR_SET_DUMPABLE,
    PR_SET_PDEATHSIG,
    prctl,
)
from millrace_worker.sandbox.system import syscall as kernel

# -- other processes ---------------------


@attempt
def signal_process(facts: Facts) -> None:
    os.kill(facts["decoy"], signal.SIGUSR1)


@attempt
def signal_thread(facts: Facts) -> None:
    kernel("tgkill", facts["decoy"], facts["decoy"], signal.SIGUSR1.value)


@attempt
def signal_by_descriptor(facts: Facts) -> None:
    descriptor = os.pidfd_open(facts["decoy"])
    signal.pidfd_send_signal(descriptor, signal.SIGUSR1)


@attempt
def trace_process(facts: Facts) -> None:
    kernel("ptrace", 0x4206, facts["decoy"], 0, 0)  # PTRACE_SEIZE


@attempt
def write_process_memory(facts: Facts) -> None:
    data = ctypes.create_string_buffer(b"rows")
    local = struct.pack("<QQ", ctypes.addressof(data), 4)
    remote = struct.pack("<QQ", facts["decoyAddress"], 4)
    kernel("process_vm_writev", facts["decoy"], ctypes.c_char_p(local), 1, ctypes.c_char_p(remote), 1, 0)


@attempt
def run_program(facts: Facts) -> None:
    assert os.spawnv(os.P_WAIT, "/bin/true", ["/bin/true"]) == 0


@attempt
def replace_program(facts: Facts) -> None:
    os.execv("/bin/sh", ["/bin/sh", "-c", "exit 93"])


@attempt
def clone3(facts: Facts) -> None:
    pid = kernel("clone3", ctypes.c_char_p(struct.pack("<11Q", 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0)), 88)
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


@attempt
def sibling_process(facts: Facts) -> None:
    pid = kernel("clone", 0x00008000 | 17, 0, 0, 0, 0)  # CLONE_PARENT | SIGCHLD
    if pid == 0:
        os._exit(0)


@attempt
def duplicate_descriptor(facts: Facts) -> None:
    os.close(kernel("pidfd_getfd", os.pidfd_open(facts["decoy"]), 0, 0))


@attempt
def change_priority(facts: Facts) -> None:
    os.nice(1)


@attempt
def system_v_memory(facts: Facts) -> None:
    ctypes.CDLL(None).shmctl(kernel("shmget", 0, 4096, 0o600), 0, None)


@attempt
def system_v_queue(facts: Facts) -> None:
    ctypes.CDLL(None).msgctl(kernel("msgget", 0, 0o600), 0, None)


@attempt
def posix_queue(facts: Facts) -> None:
    os.close(kernel("mq_open", ctypes.c_char_p(b"millrace-prove"), os.O_CREAT | os.O_RDWR, 0o600, None))
    ctypes.CDLL(None).mq_unlink(ctypes.c_char_p(b"/millrace-prove"))


# -- privileges and the kernel ---------------------


@attempt
def key_ring(facts: Facts) -> None:
    kernel("add_key", ctypes.c_char_p(b"user"), ctypes.c_char_p(b"prove"), ctypes.c_char_p(b"rows"), 4, -2)


@attempt
def session_key_ring(facts: Facts) -> None:
    kernel("keyctl", 1, 0, 0, 0, 0)  # KEYCTL_JOIN_SESSION_KEYRING


@attempt
def request_key(facts: Facts) -> None:
    try:
        kernel("request_key", ctypes.c_char_p(b"user"), ctypes.c_char_p(b"prove-absent"), None, 0)
    except OSError as error:
        assert error.errno == errno.ENOKEY  # there is none: the kernel looked


@attempt
def open_terminal(facts: Facts) -> None:
    for descriptor in os.openpty():
        os.close(descriptor)


@attempt
def push_terminal_input(facts: Facts) -> None:
    try:
        fcntl.ioctl(0, 0x5412, b"x")  # TIOCSTI
    except OSError as error:
        assert error.errno == errno.ENOTTY  # no terminal: the kernel was asked


@attempt
def change_personality(facts: Facts) -> None:
    kernel("personality", 0x0040000)  # ADDR_NO_RANDOMIZE


@attempt
def become_reaper(facts: Facts) -> None:
    prctl(PR_SET_CHILD_SUBREAPER, 1)


@attempt
def load_bpf(facts: Facts) -> None:
    os.close(kernel("bpf", 0, ctypes.c_char_p(struct.pack("<IIII", 2, 4, 4, 1) + bytes(112)), 128))


@attempt
def user_fault_descriptor(facts: Facts) -> None:
    os.close(kernel("userfaultfd", 0))


@attempt
def performance_events(facts: Facts) -> None:
    attributes = ctypes.create_string_buffer(struct.pack("<IIQ", 1, 112, 0) + bytes(112))
    os.close(kernel("perf_event_open", attributes, 0, -1, -1, 0))


@attempt
def mount_folder(facts: Facts) -> None:
    kernel("unshare", 0x00020000)
    none = ctypes.c_char_p(b"none")
    kernel("mount", none, ctypes.c_char_p(b"/"), None, 0x44000, None)  # private to this namespace
    kernel("mount", none, ctypes.c_char_p(facts["scratch"].encode()), ctypes.c_char_p(b"tmpfs"), 0, None)


@attempt
def new_user_namespace(facts: Facts) -> None:
    kernel("unshare", 0x10000000)


@attempt
def change_root(facts: Facts) -> None:
    os.chroot(facts["scratch"])


@attempt
def become_root(facts: Facts) -> None:
    os.setresuid(0, 0, 0)


@attempt
def be_root(facts: Facts) -> None:
    assert os.geteuid() == 0


@attempt
def regain_capabilities(facts: Facts) -> None:
    header = ctypes.c_char_p(struct.pack("<Ii", 0x20080522, 0))
    data = ctypes.c_char_p(struct.pack("<6I", 1 << 21, 1 << 21, 0, 0, 0, 0))
    kernel("capset", header, data)


@attempt
def dump_core(facts: Facts) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (1 << 20, 1 << 20))


@attempt
def grow_files(facts: Facts) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))


@attempt
def be_writable(facts: Facts) -> None:
    assert not os.statvfs(facts["workspace"]).f_flag & os.ST_RDONLY


@attempt
def write_without_limit(facts: Facts) -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 0


@attempt
def take_memory(facts: Facts) -> None:
    mmap.mmap(-1, 64 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000, prot=0).close()


@attempt
def become_dumpable(facts: Facts) -> None:
    prctl(PR_SET_DUMPABLE, 1)


@attempt
def be_dumpable(facts: Facts) -> None:
    assert prctl(PR_GET_DUMPABLE) == 1


@attempt
def forget_parent(facts: Facts) -> None:
    prctl(PR_SET_PDEATHSIG, 0)


@attempt
def outlive_parent(facts: Facts) -> None:
    number = ctypes.c_int(-1)
    prctl(PR_GET_PDEATHSIG, ctypes.addressof(number))
    assert number.value == 0
