"""What the processes that run a project's code may ask of the kernel. Everything that is not listed is refused."""

from __future__ import annotations

import errno
import os
import signal
import socket
from functools import cache

from millrace_worker.sandbox.bpf import ALLOW, NOTIFY, Conditions, Masked, Null, Rule, assemble, refuse
from millrace_worker.sandbox.system import (
    PR_GET_DUMPABLE,
    PR_GET_NO_NEW_PRIVS,
    PR_GET_PDEATHSIG,
    PR_SET_NAME,
    PR_SET_PDEATHSIG,
)

# Reading, waiting, memory, time, identity: without conditions.
_PLAIN = """
read readv pread64 preadv write writev recvfrom recvmsg shutdown getsockname getpeername getsockopt
poll ppoll select pselect6 epoll_create1 epoll_create epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd2 pipe pipe2
dup dup2 dup3 close close_range stat lstat fstat newfstatat statx access faccessat faccessat2 readlink readlinkat getcwd
getdents getdents64 lseek statfs fstatfs fadvise64 readahead
mmap mprotect munmap mremap brk madvise membarrier mincore
getpid gettid getppid getuid geteuid getgid getegid getresuid getresgid getgroups getpgrp getpgid getsid setpgid capget
wait4 waitid exit exit_group set_tid_address set_robust_list get_robust_list rseq futex futex_waitv sched_yield
sched_getaffinity sched_getparam sched_getscheduler getcpu getpriority
rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait sigaltstack restart_syscall
clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times getrusage sysinfo uname getrandom getrlimit
setrlimit alarm getitimer umask
landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp
""".split()

# glibc falls back to the older call when these do not exist; the filter cannot see into their argument structures.
_ABSENT = ["clone3", "openat2", "io_uring_setup", "io_uring_enter", "io_uring_register"]

_CLONE_NEW_NAMESPACES = 0x7E020000  # NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
_CLONE_PARENT = 0x00008000  # a child that is its parent's sibling would outlive it
_CLONE_THREAD = 0x00010000
_O_TMPFILE = 0x00400000
_ARCH_SET_FS, _ARCH_GET_FS = 0x1002, 0x1003
_ANY_BITS = 0xFFFFFFFF
_MSG_FASTOPEN = 0x20000000
_F_DUPFD_CLOEXEC, _F_OFD_GETLK, _F_OFD_SETLK, _F_OFD_SETLKW = 1030, 36, 37, 38
_FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, _F_OFD_GETLK, _F_OFD_SETLK, _F_OFD_SETLKW, _F_DUPFD_CLOEXEC)
# What drivers set: no delay, keep-alive and timeouts. Not fast open (23, 30), which connects by sending.
_TCP_OPTIONS = (1, 4, 5, 6, 12, 18)
_TCGETS, _TIOCGWINSZ, _FIONREAD, _FIONBIO, _FIOCLEX, _FIONCLEX = 0x5401, 0x5413, 0x541B, 0x5421, 0x5451, 0x5450


def _read_only(index: int) -> tuple[Conditions, ...]:
    return ((Masked(index, os.O_ACCMODE | os.O_CREAT | os.O_TRUNC | os.O_APPEND | _O_TMPFILE, (os.O_RDONLY,)),),)


def _one_of(index: int, *values: int) -> tuple[Conditions, ...]:
    return ((Masked(index, _ANY_BITS, values),),)


def _common() -> list[Rule]:
    return [
        *(Rule(name) for name in _PLAIN),
        *(Rule(name, action=refuse(errno.ENOSYS)) for name in _ABSENT),
        Rule("open", _read_only(1), otherwise=refuse(errno.EACCES)),
        Rule("openat", _read_only(2), otherwise=refuse(errno.EACCES)),
        Rule("fcntl", _one_of(1, *_FCNTL)),
        Rule("ioctl", _one_of(1, _TCGETS, _TIOCGWINSZ, _FIONREAD, _FIONBIO, _FIOCLEX, _FIONCLEX)),
        Rule("clone", ((Masked(0, _CLONE_NEW_NAMESPACES | _CLONE_PARENT, (0,)),),)),
        Rule("fork"),
        Rule("prlimit64", _one_of(0, 0)),
        Rule("sched_setaffinity", _one_of(0, 0)),
        # To ask for death with the parent, never to forget it.
        Rule(
            "prctl",
            (
                *_one_of(0, PR_SET_NAME, PR_GET_DUMPABLE, PR_GET_NO_NEW_PRIVS, PR_GET_PDEATHSIG),
                (Masked(0, _ANY_BITS, (PR_SET_PDEATHSIG,)), Masked(1, _ANY_BITS, (signal.SIGKILL,))),
            ),
        ),
        # Unnamed and connected from the start: between a session and its queries.
        Rule("socketpair", ((Masked(0, _ANY_BITS, (socket.AF_UNIX,)), Masked(1, 0xF, (socket.SOCK_STREAM,))),)),
        Rule("arch_prctl", _one_of(0, _ARCH_SET_FS, _ARCH_GET_FS)),
        # No address and no TCP fast open: sending must not connect.
        Rule("sendto", ((Null(4), Masked(3, _MSG_FASTOPEN, (0,))),)),
        Rule("sendmsg", ((Masked(2, _MSG_FASTOPEN, (0,)),),)),
        Rule(
            "setsockopt",
            (
                *_one_of(1, socket.SOL_SOCKET),
                (Masked(1, _ANY_BITS, (socket.IPPROTO_TCP,)), Masked(2, _ANY_BITS, _TCP_OPTIONS)),
            ),
        ),
    ]


@cache
def project_filter(egress: bool) -> bytes:
    """
    The allowlist of templates and sessions. Without egress no socket
    that could be addressed can be made. With it, TCP sockets can be made,
    and every connect() is answered by the runner.
    """
    rules = _common()
    if egress:
        rules += [
            Rule(
                "socket",
                (
                    (
                        Masked(0, _ANY_BITS, (socket.AF_INET, socket.AF_INET6)),
                        Masked(1, 0xF, (socket.SOCK_STREAM,)),
                        Masked(2, _ANY_BITS, (0, socket.IPPROTO_TCP)),
                    ),
                ),
                otherwise=refuse(errno.EACCES),
            ),
            Rule("connect", action=NOTIFY),
        ]
    return assemble(rules, refuse(errno.EPERM))


@cache
def query_filter() -> bytes:
    """Stacked on the project's filter in a query process: threads, but no further process and no further filter."""
    return assemble(
        [
            Rule("clone", ((Masked(0, _CLONE_THREAD, (_CLONE_THREAD,)),),)),
            *(
                Rule(name, action=refuse())
                for name in ("fork", "seccomp", "setpgid", "setrlimit", "landlock_create_ruleset")
            ),
            Rule("prlimit64", ((Null(2),),)),
        ],
        ALLOW,
    )
