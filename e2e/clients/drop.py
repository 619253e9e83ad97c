"""Gives files to the validator's page in a real browser and tells what it shows.

drop.py URL WIDTH SHOT FILE: opens the page, waits until it says who judges, chooses FILE, waits for the verdict. Prints one
JSON object: `judge`, `fragment` (the verdict's HTML), `place` (the notice that is shown), `errors` (of the console). SHOT is
where a picture of the whole page goes.
"""

import json
import sys

from browser import opened

# Who judges, as the script says; the server where there is none.
JUDGE = (
    "location.href !== 'about:blank' && document.readyState === 'complete' && "
    "(document.documentElement.dataset.judge || (document.querySelector('script') ? '' : 'server'))"
)


def main(url, width, shot, file):
    with opened(width) as browser:
        browser.call("Page.navigate", url=url)
        judge = browser.wait(JUDGE)
        browser.choose("#document", file)
        if judge == "server":
            browser.value("document.querySelector('#upload button').click()")
        fragment = browser.wait("document.querySelector('#verdict .verdict')?.outerHTML")
        place = browser.value("[...document.querySelectorAll('#upload .notice')].map((n) => n.innerText).join('').trim()")
        wide = browser.value("document.documentElement.scrollWidth")
        browser.shoot(shot)
        told = {"judge": judge, "fragment": fragment, "place": place, "width": wide, "errors": browser.errors}
        print(json.dumps(told, ensure_ascii=False))


main(*sys.argv[1:])
