"""A local HTTP server of byte ranges that misbehaves on request."""

import contextlib
import re
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote


class Misbehaviour:
    """What the server does wrong, with which objects, and how often.

    Parameters
    ----------
    fault : str
        'cut', 'long', 'short_header', 'ignored_range', 'no_ranges', 'other_range', 'slow', 'corrupt', or a status such
        as '503'. Where ranges are ignored, the server says nevertheless that it sends them; with 'no_ranges' it does
        not, like `python -m http.server`.
    pattern : str
        Regular expression of the keys concerned.
    times : int
        Answers of each range of an object that are spoilt.
    first_byte : int
        Ranges that begin before this byte are not spoilt.
    """

    def __init__(self, fault, pattern=".*", times=1_000_000, first_byte=0):
        self.fault = fault
        self.first_byte = first_byte
        self.pattern = re.compile(pattern)
        self.times = times
        self._done = Counter()
        self._lock = threading.Lock()

    def applies(self, key, start):
        if not self.pattern.search(key) or start < self.first_byte:
            return False
        with self._lock:
            self._done[key, start] += 1
            return self._done[key, start] <= self.times


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 64 * 1024  # headers and body in one packet

    def log_message(self, *_):
        pass

    def do_GET(self):
        key = unquote(self.path).lstrip("/")
        path = self.server.folder / key
        start, stop = (int(number) for number in re.findall(r"\d+", self.headers["Range"]))
        misbehaviour = self.server.misbehaviour
        fault = misbehaviour.fault if misbehaviour and misbehaviour.applies(key, start) else None
        with self.server.counter_lock:
            self.server.requests.append((key, start, stop + 1))
        if not path.is_file():
            return self._answer_status(404)
        if fault and fault.isdigit():
            return self._answer_status(int(fault))
        content = path.read_bytes()
        part = content[start : stop + 1]
        if fault == "ignored_range":
            return self._answer(200, content, len(content), None)
        if fault == "no_ranges":
            return self._answer(200, content, len(content), None, sends_ranges=False)
        begin = start + 1 if fault == "other_range" else start
        content_range = f"bytes {begin}-{start + len(part) - 1}/{len(content)}"
        length = len(part)
        if fault == "corrupt" and part:
            middle = len(part) // 2
            part = part[:middle] + bytes([part[middle] ^ 0xFF]) + part[middle + 1 :]
        if fault == "cut":
            part = part[: len(part) // 2]
            self.close_connection = True
        if fault == "long":
            part, length = part + b"more", length + 4
        if fault == "short_header":
            length -= 1
            part = part[:-1]
        self._answer(206, part, length, content_range, slowly=fault == "slow")

    def _answer_status(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, status, body, length, content_range, slowly=False, sends_ranges=True):
        self.send_response(status)
        if sends_ranges:
            self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(length))
        if content_range:
            self.send_header("Content-Range", content_range)
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            if slowly:
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(0.02)
            else:
                self.wfile.write(body)


@contextlib.contextmanager
def serving(folder, misbehaviour=None):
    """Serve a folder; yields the server, with `url`, `requests` (key, start, stop) and `misbehaviour`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.folder = folder
    server.misbehaviour = misbehaviour
    server.requests = []
    server.counter_lock = threading.Lock()
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
