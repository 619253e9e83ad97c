"""The message ids in a gateway's log with how many parts each has: read from the database as it lies on the disk.

    logged.py LOG_FOLDER SIDE        SIDE is consumer or provider

One JSON object: {"id": parts}.
"""

import json
import pathlib
import sqlite3
import sys


def main(folder, side):
    (database,) = pathlib.Path(folder).glob("*.db")
    connection = sqlite3.connect(database)
    rows = connection.execute(
        "SELECT message_id, count(DISTINCT part) FROM message WHERE side = ? GROUP BY message_id",
        [["consumer", "provider"].index(side)],
    )
    print(json.dumps(dict(rows)))


if __name__ == "__main__":
    main(*sys.argv[1:])
