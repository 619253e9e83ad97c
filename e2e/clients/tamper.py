"""A changed copy of a ZIP file, made with Python's zipfile, every file in its order.

    tamper.py FROM TO OTHER replace NAME OLD NEW   bytes in a file become others
    tamper.py FROM TO OTHER flip NAME MARK         the first digit of the base64 text in element MARK becomes another
    tamper.py FROM TO OTHER remove NAME            a file is missing
    tamper.py FROM TO OTHER exchange NAME          a file comes from OTHER
    tamper.py FROM TO OTHER twice NAME             a file is there a second time, changed
    tamper.py FROM TO OTHER cut COUNT              the last bytes are missing
"""

import re
import sys
import warnings
import zipfile


def replace(data, old, new):
    if data.count(old) < 1:
        sys.exit(f"{old!r} is not there")
    return data.replace(old, new, 1)


def flip(data, mark):
    found = re.search(rb"[:<]" + mark + rb"[^>]*>\s*(?:&#13;|&#xD;)?\s*([A-Za-z0-9+/])", data)
    if not found:
        sys.exit(f"no element {mark!r}")
    at = found.start(1)
    return data[:at] + (b"B" if data[at : at + 1] == b"A" else b"A") + data[at + 1 :]


def main(source, target, other, change, *arguments):
    if change == "cut":
        with open(source, "rb") as whole, open(target, "wb") as part:
            part.write(whole.read()[: -int(arguments[0])])
        return
    name, *words = arguments
    words = [word.encode() for word in words]
    with zipfile.ZipFile(source) as whole:
        files = [(entry, whole.read(entry)) for entry in whole.infolist()]
    if name not in [entry.filename for entry, _ in files]:
        sys.exit(f"no file {name}")
    with zipfile.ZipFile(target, "w") as changed:
        for entry, data in files:
            if entry.filename == name:
                if change == "remove":
                    continue
                if change == "replace":
                    data = replace(data, *words)
                elif change == "flip":
                    data = flip(data, *words)
                elif change == "exchange":
                    with zipfile.ZipFile(other) as another:
                        data = another.read(name)
            changed.writestr(entry, data)
        if change == "twice":
            warnings.simplefilter("ignore")
            changed.writestr(name, b"another")


if __name__ == "__main__":
    main(*sys.argv[1:])
