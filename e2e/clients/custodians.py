"""Custodians at a terminal: a root is made, two of three shares open it again.

    custodians.py MEKONG DIR

One JSON object: the exit code of each command, and what stays on the terminal when it is done. A share that stays, or one
that is not shown or asked for as it should be, is an error.
"""

import fcntl
import json
import os
import pty
import re
import select
import struct
import sys
import termios

WAIT_SECONDS = 60
HIDDEN = re.compile(r"\x1b\[\?1049h.*?\x1b\[\?1049l", re.DOTALL)
SHARE = re.compile(r"MEKONG-SHARE-1( [0-9a-f/]+)+")


def at_terminal(command, directory, answer):
    """Runs a command on a terminal of 80 columns; `answer` gives what is typed, for what is asked on the other screen."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(directory)
        os.execv(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    said, answered = "", 0
    while select.select([terminal], [], [], WAIT_SECONDS)[0]:
        try:
            piece = os.read(terminal, 4096).decode()
        except OSError:  # the other side is closed
            break
        said += piece
        asked = said[answered:].rpartition("\x1b[?1049h")[2]
        if "\x1b[?1049h" in said[answered:] and re.search(r": ?(\r\n)?$", asked):
            answered = len(said)
            os.write(terminal, answer(asked).encode() + b"\n")
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    stays = HIDDEN.sub("", said)
    if SHARE.search(stays) or "\x1b[?1049h" in stays:
        sys.exit(f"a share stays on the terminal: {stays!r}")
    return code, stays


def interrupted(command, directory):
    """Presses Ctrl-C while a share is asked for; the exit code, and whether the first screen is back."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(directory)
        os.execv(command[0], command)
    said, is_pressed = "", False
    while select.select([terminal], [], [], WAIT_SECONDS)[0]:
        try:
            said += os.read(terminal, 4096).decode()
        except OSError:  # the other side is closed
            break
        if not is_pressed and said.endswith(":\r\n"):
            is_pressed = True
            os.write(terminal, b"MEKONG\x03")
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code, said.rpartition("\x1b[?1049")[2]


def main(mekong, directory):
    shares, slips = [], ["0000"]

    def write_down(asked):
        if slips and shares:
            return slips.pop()
        found = SHARE.search(asked).group()
        if found not in shares:
            shares.append(found)
        return found.split()[-1]

    make = "ca ceremony root --name Root --country LA --organisation Operator --url http://root.example --custodians 3 --needed 2"
    made = at_terminal([mekong, *make.split()], directory, write_down)
    typed = iter(["nonsense", shares[0].upper(), shares[0], shares[1][:-1] + "g", shares[2]])
    opened = at_terminal([mekong, *"ca root-crl root --out root.crl".split()], directory, lambda _: next(typed))
    left = len(list(typed))
    few = at_terminal([mekong, *"ca root-crl root --out no.crl".split()], directory, lambda _: "")
    stopped = interrupted([mekong, *"ca root-crl root --out no.crl".split()], directory)
    print(json.dumps({"stopped": stopped, "shares": len(shares), "made": made, "opened": opened, "left": left, "few": few}))


main(*sys.argv[1:])
