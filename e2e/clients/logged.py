"""The records of a gateway's log by message id: read from the database as it lies on the disk.

    logged.py LOG_FOLDER SIDE        SIDE is consumer or provider

One JSON object: {"id": [record, ...]}.
"""

import json
import pathlib
import sqlite3
import sys


def main(folder, side):
    connection = sqlite3.connect(pathlib.Path(folder) / "messages.db")
    records = {}
    query = "SELECT message_id, id FROM message WHERE side = ? ORDER BY id"
    for message_id, record in connection.execute(query, [["consumer", "provider"].index(side)]):
        records.setdefault(message_id, []).append(record)
    print(json.dumps(records))


if __name__ == "__main__":
    main(*sys.argv[1:])
