"""Walks through pages in a real browser, as a person would, and tells what it saw.

browse.py STEP...: each step is a JSON list. `["open", URL]`; `["size", WIDTH]`; `["dark", "dark"]` or `"light"`;
`["fill", SELECTOR, TEXT]`; `["file", SELECTOR, FILE]`; `["click", SELECTOR]` and waits until another page is there;
`["tick", SELECTOR]`; `["shot", FILE]`; `["say", SCRIPT]`. Prints one JSON object: `said`, the values of all `say` steps and
of each `shot` how wide the page is beside the screen, and `errors` of the browser's console.
"""

import json
import sys

from browser import opened

LOADED = "location.href !== 'about:blank' && document.readyState === 'complete' && !window.seen"


def walk(browser, action, *rest):
    quoted = [json.dumps(part) for part in rest]
    if action == "open":
        browser.value("window.seen = true")
        browser.call("Page.navigate", url=rest[0])
        browser.wait(LOADED)
    elif action == "size":
        browser.size(rest[0])
    elif action == "dark":
        browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": rest[0]}])
    elif action == "fill":
        browser.wait(f"document.querySelector({quoted[0]}) !== null")
        browser.value(f"document.querySelector({quoted[0]}).value = {quoted[1]}")
    elif action == "file":
        browser.choose(*rest)
    elif action == "tick":
        browser.value(f"document.querySelector({quoted[0]}).click()")
    elif action == "click":
        browser.wait(f"document.querySelector({quoted[0]}) !== null")
        browser.value(f"window.seen = true; document.querySelector({quoted[0]}).click()")
        browser.wait(LOADED)
    elif action == "shot":
        browser.shoot(rest[0])
        return browser.value("document.documentElement.scrollWidth - window.innerWidth")
    elif action == "say":
        return browser.value(rest[0])
    else:
        raise SystemExit(f"no such step: {action}")
    return None


def main(*steps):
    with opened(1280) as browser:
        said = []
        for step in map(json.loads, steps):
            told = walk(browser, *step)
            if step[0] in ("say", "shot"):
                said.append(told)
        print(json.dumps({"said": said, "errors": browser.errors}, ensure_ascii=False))


main(*sys.argv[1:])
