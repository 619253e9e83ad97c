"""How many persons are in a register's database as it lies on the disk; 0 if there is none.

    persons.py DATABASE
"""

import pathlib
import sqlite3
import sys


def main(database):
    n_persons = 0
    if pathlib.Path(database).exists():
        (n_persons,) = sqlite3.connect(database).execute("SELECT count(*) FROM person").fetchone()
    print(n_persons)


if __name__ == "__main__":
    main(*sys.argv[1:])
