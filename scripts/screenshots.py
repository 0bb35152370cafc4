"""Takes pictures of every page of a running demo (scripts/demo) with headless Chromium.

Each page is shown at 1280 × 800 (desktop) and 390 × 844 (phone), light and dark, in English; the pages of employees and
the door in Spanish too. The files are docs/images/<page>[-es]-<desktop|phone>-<light|dark>.png.
"""

import argparse
import base64
import http.client
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib

PASSWORD = "relevo-demo"
SIZES = {"desktop": (1280, 800, False), "phone": (390, 844, True)}
CHROMIUM_FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-port=0",
]


class Socket:
    """The client side of a WebSocket (RFC 6455), as much of it as the DevTools protocol needs."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.stream = socket.create_connection((parts.hostname, parts.port), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        head = [
            f"GET {parts.path} HTTP/1.1", f"Host: {parts.netloc}", "Upgrade: websocket", "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "", "",
        ]
        self.stream.sendall("\r\n".join(head).encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        answer, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        if b" 101 " not in answer.split(b"\r\n")[0]:
            raise ConnectionError(answer.decode(errors="replace"))

    def _more(self):
        chunk = self.stream.recv(1 << 16)
        if not chunk:
            raise ConnectionError("Chromium closed the connection.")
        self.buffer += chunk

    def _take(self, count):
        while len(self.buffer) < count:
            self._more()
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def send(self, text):
        payload = text.encode()
        mask = os.urandom(4)
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", 0x81, 0x80 | size)
        elif size < 1 << 16:
            head = struct.pack("!BBH", 0x81, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", 0x81, 0x80 | 127, size)
        self.stream.sendall(head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload)))

    def receive(self):
        """One whole text message; control frames are passed over."""
        message = b""
        while True:
            first, second = self._take(2)
            size = second & 0x7F
            if size == 126:
                size = struct.unpack("!H", self._take(2))[0]
            elif size == 127:
                size = struct.unpack("!Q", self._take(8))[0]
            payload = self._take(size)
            if first & 0x0F in (0, 1):
                message += payload
                if first & 0x80:
                    return message.decode()


class Browser:
    """One headless Chromium with one page, driven through the DevTools protocol."""

    def __init__(self, program):
        self.directory = tempfile.mkdtemp(prefix="relevo-screenshots-")
        self.process = subprocess.Popen(
            [program, *CHROMIUM_FLAGS, f"--user-data-dir={self.directory}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port = int(self._wait(self._port_line).split("\n")[0])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("PUT", "/json/new?about:blank")
        target = json.loads(connection.getresponse().read())
        self.socket = Socket(target["webSocketDebuggerUrl"])
        self.number = 0
        self.events = []
        for domain in ("Page", "Network", "Runtime"):
            self.call(f"{domain}.enable")

    def _port_line(self):
        path = os.path.join(self.directory, "DevToolsActivePort")
        if self.process.poll() is not None:
            raise SystemExit("Chromium ended before it was ready.")
        if not os.path.exists(path):
            return None
        with open(path, encoding="utf-8") as file:
            text = file.read()
        return text if "\n" in text else None

    @staticmethod
    def _wait(condition, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            value = condition()
            if value:
                return value
            time.sleep(0.05)
        raise SystemExit(f"Chromium did not get ready within {seconds} s.")

    def call(self, method, **parameters):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self.socket.receive())
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def evaluate(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"].get("text", "The page's script failed."))
        return answer["result"].get("value")

    def open(self, url):
        self.events.clear()
        self.call("Page.navigate", url=url)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(json.loads(self.socket.receive()))
        self.evaluate("document.fonts.ready.then(() => new Promise((done) => setTimeout(done, 150)))")

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def sign_in(base, email):
    """The session cookie of a demo account at one office."""
    form = urllib.parse.urlencode({"email": email, "password": PASSWORD, "return_to": "/"}).encode()
    request = urllib.request.Request(base + "/sign-in", form, {"Origin": base, "Accept": "text/html"})
    try:
        answer = urllib.request.build_opener(NoRedirect).open(request, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    found = re.search(r"relevo_session=([0-9a-f]+)", answer.headers.get("Set-Cookie") or "")
    if not found:
        raise SystemExit(f"{base} did not sign {email} in. Does the demo run there (scripts/demo)?")
    return found.group(1)


def read(base, path, session):
    request = urllib.request.Request(base + path, headers={"Cookie": f"relevo_session={session}", "Accept": "text/html"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


def first(pattern, page):
    found = re.search(pattern, page)
    return found.group(1) if found else None


def shots(arguments):
    """Every picture's name, office, account, path, languages; accounts are of scripts/demo."""
    madrid, lyon, bogota = arguments.base
    claire, amina = sign_in(lyon, "claire@relevo.example"), sign_in(lyon, "amina@relevo.example")
    ines, lucia = sign_in(madrid, "ines@relevo.example"), sign_in(madrid, "lucia@relevo.example")
    andres, carlos = sign_in(bogota, "andres@relevo.example"), sign_in(madrid, "carlos@relevo.example")
    link = r'href="(/tickets/[A-Z]+-[0-9]+)"'
    mine = r'href="(/requests/[A-Z]+-[0-9]+)"'
    ticket = first(r'href="(/tickets/LYO-1)"', read(lyon, "/queue", amina)) or first(link, read(lyon, "/queue", amina))
    conflict = first(link, read(lyon, "/conflicts", amina))
    all_hers = read(lyon, "/requests?show=all", claire)
    request = first(r'href="(/requests/LYO-1)"', all_hers) or first(mine, all_hers)
    solicitud = first(mine, read(bogota, "/requests?show=all", andres))
    pages = [
        ("sign-in", lyon, None, "/sign-in", "en"), ("sign-in", madrid, None, "/sign-in", "es"),
        ("home", lyon, claire, "/", "en"), ("home", madrid, lucia, "/", "es"),
        ("new-request", lyon, claire, "/requests/new", "en"), ("new-request", madrid, lucia, "/requests/new", "es"),
        ("requests", lyon, claire, "/requests", "en"), ("requests", madrid, lucia, "/requests", "es"),
        ("request", lyon, claire, request, "en"), ("request", bogota, andres, solicitud, "es"),
        ("queue", lyon, amina, "/queue", "en"), ("queue", madrid, ines, "/queue", "es"),
        ("ticket", lyon, amina, ticket, "en"), ("ticket-conflict", lyon, amina, conflict, "en"),
        ("conflicts", lyon, amina, "/conflicts", "en"), ("new-ticket", lyon, amina, "/tickets/new", "en"),
        ("ops", madrid, ines, "/ops", "en"), ("people", madrid, ines, "/people", "en"),
        ("offers", lyon, amina, "/offers", "en"), ("offers", madrid, carlos, "/offers", "es"),
        ("hours", madrid, ines, "/hours", "en"), ("hours", madrid, ines, "/hours", "es"),
        ("balance", madrid, ines, "/balance", "en"), ("balance", madrid, ines, "/balance", "es"),
        ("equal-service", madrid, ines, "/reports/equal-service", "en"),
        ("equal-service", madrid, ines, "/reports/equal-service", "es"),
        ("error", lyon, amina, "/tickets/LYO-99999999", "en"),
    ]
    for name, base, session, path, language in pages:
        if path is None:
            print(f"{name}: the demo holds nothing to show on this page; skipped.", file=sys.stderr)
        elif not arguments.only or name in arguments.only:
            yield name, base, session, path, language


def smaller(png):
    """The same picture with its pixels compressed as far as zlib goes."""
    chunks, pixels, at = [], b"", 8
    while at < len(png):
        size = struct.unpack("!I", png[at:at + 4])[0]
        kind, body = png[at + 4:at + 8], png[at + 8:at + 8 + size]
        at += 12 + size
        if kind == b"IDAT":
            pixels += body
        else:
            chunks.append((kind, body))
    chunks.insert(len(chunks) - 1, (b"IDAT", zlib.compress(zlib.decompress(pixels), 9)))
    packed = png[:8] + b"".join(
        struct.pack("!I", len(body)) + kind + body + struct.pack("!I", zlib.crc32(kind + body)) for kind, body in chunks)
    return min(png, packed, key=len)


def take(browser, arguments, shot):
    name, base, session, path, language = shot
    browser.call("Network.clearBrowserCookies")
    cookies = {"relevo_language": language, **({"relevo_session": session} if session else {})}
    for cookie, value in cookies.items():
        browser.call("Network.setCookie", name=cookie, value=value, url=base)
    for size, (width, height, is_phone) in SIZES.items():
        browser.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=is_phone)
        browser.call("Emulation.setTouchEmulationEnabled", enabled=is_phone)
        for scheme in ("light", "dark"):
            file = f"{name}{'' if language == 'en' else '-' + language}-{size}-{scheme}.png"
            features = [{"name": "prefers-color-scheme", "value": scheme}]
            browser.call("Emulation.setEmulatedMedia", features=features)
            if scheme == "light":
                browser.open(base + path)
            else:
                browser.evaluate("new Promise((done) => setTimeout(done, 250))")
            wide = browser.evaluate("document.documentElement.scrollWidth > innerWidth")
            picture = browser.call("Page.captureScreenshot", format="png", captureBeyondViewport=arguments.full)
            with open(os.path.join(arguments.output, file), "wb") as out:
                out.write(smaller(base64.b64decode(picture["data"])))
            print(file + ("  (wider than the screen)" if wide else ""))


def main():
    parser = argparse.ArgumentParser(
        prog="scripts/screenshots", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--base", nargs=3, metavar=("MADRID", "LYON", "BOGOTA"), help="addresses of the three offices",
        default=["http://127.0.0.1:8421", "http://127.0.0.1:8422", "http://127.0.0.1:8423"])
    parser.add_argument("--only", nargs="+", metavar="PAGE", help="these pages only, such as home or ticket")
    parser.add_argument("--output", metavar="DIRECTORY", default="docs/images", help="default: docs/images")
    parser.add_argument("--full", action="store_true", help="what lies below the screen's edge too")
    parser.add_argument("--chromium", metavar="PROGRAM", default=shutil.which("chromium") or "chromium")
    arguments = parser.parse_args()
    os.makedirs(arguments.output, exist_ok=True)
    if not shutil.which(arguments.chromium):
        raise SystemExit(f"{arguments.chromium} is missing. On Debian: apt-get install chromium")
    browser = Browser(arguments.chromium)
    try:
        for shot in shots(arguments):
            take(browser, arguments, shot)
    finally:
        browser.close()


if __name__ == "__main__":
    main()
