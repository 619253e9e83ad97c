"""A real browser, driven over the DevTools protocol through Chromium's pipe. The standard library suffices."""

import base64
import contextlib
import json
import os
import subprocess
import tempfile
import time

FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync --disable-dev-shm-usage --hide-scrollbars --force-device-scale-factor=1 --remote-debugging-pipe"
).split()


class Browser:
    """Chromium, whose commands are read at its descriptor 3 and answered at 4."""

    def __init__(self, profile):
        commands, self.commands = os.pipe()
        self.answers, answers = os.pipe()

        def inherit():
            # Descriptors may be in each other's way: first out of it.
            high = os.dup(commands), os.dup(answers)
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.process = subprocess.Popen(
            ["chromium", *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            # What it leaves in the folder for temporary files goes with its profile.
            env={**os.environ, "TMPDIR": str(profile)}, preexec_fn=inherit, close_fds=False, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )
        os.close(commands)
        os.close(answers)
        self.read, self.number, self.session, self.errors = b"", 0, None, []

    def message(self):
        while b"\0" not in self.read:
            piece = os.read(self.answers, 1 << 20)
            if not piece:
                raise SystemExit("the browser is gone")
            self.read += piece
        text, self.read = self.read.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.number += 1
        question = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            question["sessionId"] = self.session
        question = json.dumps(question).encode() + b"\0"
        while question:
            question = question[os.write(self.commands, question):]
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']}")
                return answer["result"]
            if answer.get("method") == "Log.entryAdded" and answer["params"]["entry"]["level"] == "error":
                self.errors.append(answer["params"]["entry"]["text"])

    def value(self, expression):
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def wait(self, expression):
        until = time.monotonic() + 60
        while time.monotonic() < until:
            found = self.value(expression)
            if found:
                return found
            time.sleep(0.05)
        page = self.value("document.body.innerText")
        raise SystemExit(f"in vain: {expression}\n{self.errors}\n{page}")

    def choose(self, selector, file):
        """Puts a file into a field, as a person who chooses or drops it."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        field = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=field, files=[file])

    def size(self, width):
        size = {"width": int(width), "height": 900, "deviceScaleFactor": 1, "mobile": int(width) < 600}
        self.call("Emulation.setDeviceMetricsOverride", **size)

    def shoot(self, file):
        """A picture of the whole page."""
        picture = self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        with open(file, "wb") as out:
            out.write(base64.b64decode(picture))


@contextlib.contextmanager
def opened(width):
    """A browser with an empty page of that width; closed in the end."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        try:
            target = browser.call("Target.createTarget", url="about:blank")["targetId"]
            browser.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            browser.call("Log.enable")
            browser.size(width)
            yield browser
        finally:
            browser.process.terminate()
            browser.process.wait()
