"""The records of a gateway's log by message id: read from its index as it lies on the disk.

    logged.py LOG_FOLDER SIDE        SIDE is consumer or provider

One JSON object: {"id": [record, ...]}.
"""

import json
import pathlib
import sqlite3
import sys


def main(folder, side):
    connection = sqlite3.connect(pathlib.Path(folder) / "index.db")
    records = {}
    query = "SELECT message_id, position, parts FROM exchange WHERE side = ? ORDER BY position"
    for message_id, position, parts in connection.execute(query, [["consumer", "provider"].index(side)]):
        # 1 is a request, 2 an answer, 3 both; so are the numbers of records made.
        numbers = [2 * position + part for part in (1, 2) if parts & part]
        records.setdefault(message_id, []).extend(numbers)
    print(json.dumps(records))


if __name__ == "__main__":
    main(*sys.argv[1:])
