"""The process that stands beside a Triton server: it starts the server, watches, and cleans up after it.

Run as ``python -I -S keeper.py FOLDER`` with the standard library alone, so that it is there in a moment. It has one
thread and nothing else to do, so that it can promise what a busy job can't: however the server or the processes that
need it end (``kill -9`` included), the server's processes end, and nothing of it stays in /dev/shm or in its folder.

- The server dies with the keeper (PR_SET_PDEATHSIG, which counts for the thread that made it: another reason for a
  process with one thread), and orphaned stubs of its python backend become the keeper's children
  (PR_SET_CHILD_SUBREAPER).
- SIGTERM asks for the end: the server may finish its requests. SIGUSR1 asks for the end at once.
"""

from __future__ import annotations

import contextlib
import ctypes
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # of <linux/prctl.h>
GRACE = 7.0  # seconds for an orderly end; the server gives its connections 5 of them
INTERVAL = 0.1  # seconds between looks at the watched processes

SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGCHLD}
LIBC = ctypes.CDLL(None, use_errno=True)


def main(folder):
    """Serve until the server ends by itself or an end is asked for."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with open(os.path.join(folder, "state.json")) as file:
        state = json.load(file)
    watched = Watched(state["watch"], state["starter"], folder)
    server = start(state, folder)
    state.update(keeper=identity(os.getpid()), server=identity(server.pid))
    write(state, folder)

    asked = wait(server, watched)
    end(server, asked)
    clean(state["prefix"])
    if not asked:  # its log is still wanted by those who asked for it
        state["exit_code"] = server.returncode
        write(state, folder)
        forget(folder, but=("state.json", "pysonic.lock", "ready", "log"))
        asked = watched.others and wait(None, watched)
    if asked:
        shutil.rmtree(folder, ignore_errors=True)


class Watched:
    """Processes, by their identities, whose end is the server's end; until the server is ready its starter is one."""

    def __init__(self, others, starter, folder):
        self.others = others
        self.starter = starter
        self.mark = os.path.join(folder, "ready")

    def lost(self):
        """Whether one of them has ended."""
        if any(identity(process[0]) != process for process in self.others):
            return True
        return identity(self.starter[0]) != self.starter and not os.path.exists(self.mark)


def start(state, folder):
    """The server, in a session of its own: Ctrl-C in a terminal is not for it."""
    with open(os.path.join(folder, "log"), "ab") as log:
        return subprocess.Popen(
            state["command"],
            env={**os.environ, **state["environment"]},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )


def die_with_parent():
    """In the server's process, before it is the server."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def wait(server, watched):
    """Wait for the server's end (None) or until an end is asked for (the signal)."""
    while True:
        got = signal.sigtimedwait(SIGNALS, INTERVAL)
        if got is not None and got.si_signo != signal.SIGCHLD:
            return got.si_signo
        if server is not None and server.poll() is not None:
            return None
        reap(but=server)
        if watched.lost():
            return signal.SIGUSR1  # nobody is left to wait for answers


def end(server, asked):
    """The end of the server and of all that it has started."""
    if asked != signal.SIGUSR1 and server.poll() is None:
        server.terminate()
        deadline = time.monotonic() + GRACE
        while server.poll() is None and time.monotonic() < deadline:
            got = signal.sigtimedwait({signal.SIGCHLD, signal.SIGUSR1}, INTERVAL)
            if got is not None and got.si_signo == signal.SIGUSR1:
                break
    deadline = time.monotonic() + GRACE
    while time.monotonic() < deadline:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        for child in children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        if server.poll() is not None and not reap(but=None):
            return
        signal.sigtimedwait({signal.SIGCHLD}, 0.01)


def reap(but):
    """Take note of the end of orphans that have become children; True while some are left."""
    while True:
        try:
            options = os.WEXITED | os.WNOHANG | os.WNOWAIT
            ended = os.waitid(os.P_ALL, 0, options)
        except ChildProcessError:
            return False
        if ended is None or (but is not None and ended.si_pid == but.pid):
            return True
        os.waitpid(ended.si_pid, 0)


def children():
    """PIDs of the children."""
    with contextlib.suppress(OSError), open(f"/proc/self/task/{os.getpid()}/children") as file:
        return [int(pid) for pid in file.read().split()]
    return []  # a kernel without this list: the server's process group has to do


def identity(pid):
    """PID and time of start, which no other process has had; None if there is no such process, or only its zombie."""
    with contextlib.suppress(OSError, IndexError), open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()  # from the third on; the second may hold anything
        return None if fields[0] in "ZX" else [pid, int(fields[19])]
    return None


def clean(prefix):
    """Remove shared memory that a killed server could not remove."""
    for path in glob.glob(f"/dev/shm/{glob.escape(prefix)}*"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def forget(folder, but):
    """Remove all but some files from the server's folder."""
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        elif entry.name not in but:
            os.unlink(entry.path)


def write(state, folder):
    """Replace the state as a whole."""
    partial = os.path.join(folder, "state.json.partial")
    with open(partial, "w") as file:
        json.dump(state, file)
    os.replace(partial, os.path.join(folder, "state.json"))


if __name__ == "__main__":
    main(sys.argv[1])
