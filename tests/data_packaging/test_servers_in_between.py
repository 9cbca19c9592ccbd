"""What stands between a lab and a server: redirects, compressing proxies, login pages, servers without ranges."""

import contextlib
import gzip
import re
import threading
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from brainscore_mouse.core.errors import BrainscoreMouseError, RemoteReadError
from brainscore_mouse.data_packaging.remote_objects.bucket import Bucket
from brainscore_mouse.data_packaging.remote_objects.locks import LockFolder
from brainscore_mouse.data_packaging.remote_objects.sources import RetryPolicy, source_at

PATIENCE = RetryPolicy(attempts=2, first_delay_s=0.01, timeout_s=2, slowest_bytes_per_s=1e6)
CONTENT = np.random.default_rng(0).bytes(700_000)
LOGIN_PAGE = b"<!DOCTYPE html><html><body>Please accept the terms of this network.</body></html>"


@contextlib.contextmanager
def answering(answer):
    """Serve on this machine; `answer(handler)` does what a GET asks for."""
    requests = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            requests.append(self.path)
            answer(self)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", requests
    finally:
        server.shutdown()
        server.server_close()


def send(handler, status, body, **headers):
    handler.send_response(status)
    for name, value in ({"Content-Length": len(body)} | headers).items():
        handler.send_header(name.replace("_", "-"), str(value))
    handler.end_headers()
    handler.wfile.write(body)


def span(handler):
    start, stop = map(int, re.findall(r"\d+", handler.headers["Range"]))
    return start, min(stop + 1, len(CONTENT))


def part(handler, **headers):
    start, stop = span(handler)
    send(handler, 206, CONTENT[start:stop], Content_Range=f"bytes {start}-{stop - 1}/{len(CONTENT)}", **headers)


def redirecting(status):
    def answer(handler):
        if handler.path.startswith("/elsewhere/"):
            return part(handler)
        return send(handler, status, b"", Location=f"/elsewhere{handler.path}")

    return answer


def read(url, folder):
    return Bucket(source_at(url, PATIENCE), LockFolder(folder / "locks")).read("a/b.bin", lambda file: file.read())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_with_their_range(status, tmp_path):
    with answering(redirecting(status)) as (url, requests):
        assert read(url, tmp_path) == CONTENT
    assert "/elsewhere/a/b.bin" in requests


def test_a_redirect_in_circles_is_named(tmp_path):
    with answering(lambda handler: send(handler, 302, b"", Location=handler.path)) as (url, _):
        with pytest.raises(RemoteReadError, match="redirect"):
            read(url, tmp_path)


def compressed_part(handler):
    start, stop = span(handler)
    body = gzip.compress(CONTENT[start:stop])
    content_range = f"bytes {start}-{stop - 1}/{len(CONTENT)}"
    send(handler, 206, body, Content_Range=content_range, Content_Encoding="gzip")


def compressed_whole(handler):
    send(handler, 200, gzip.compress(CONTENT[:1000]), Content_Encoding="gzip")


def deflated(handler):
    send(handler, 200, CONTENT[:1000], Content_Encoding="br", Accept_Ranges="bytes")


@pytest.mark.parametrize("answer", [compressed_part, compressed_whole, deflated])
def test_a_proxy_that_compresses_though_it_is_not_asked_to_is_named_at_once(answer, tmp_path):
    with answering(answer) as (url, requests):
        with pytest.raises(RemoteReadError, match=r"(gzip|br)\b.*a/b\.bin"):
            read(url, tmp_path)
    assert len(requests) == 1
    assert not list((tmp_path / "locks").rglob("*.json"))


def login_with_status_ok(handler):
    send(handler, 200, LOGIN_PAGE, Content_Type="text/html; charset=utf-8")


def login_by_redirect(handler):
    if handler.path == "/login":
        return login_with_status_ok(handler)
    return send(handler, 302, b"", Location="/login")


def login_in_pieces(handler):
    start, stop = span(handler)
    page = LOGIN_PAGE[start:stop]
    last = start + len(page) - 1
    send(handler, 206, page, Content_Type="TEXT/HTML", Content_Range=f"bytes {start}-{last}/{len(LOGIN_PAGE)}")


def login_required(handler):
    send(handler, 511, LOGIN_PAGE, Content_Type="text/html")


@pytest.mark.parametrize("answer", [login_with_status_ok, login_by_redirect, login_in_pieces, login_required])
def test_a_login_page_is_not_taken_for_data(answer, tmp_path):
    with answering(answer) as (url, requests):
        with pytest.raises(RemoteReadError, match=r"web page|511"):
            read(url, tmp_path)
    assert len(requests) <= 2
    assert not list((tmp_path / "locks").rglob("*.json"))


@pytest.mark.parametrize("charset", ["", "; charset=binary"])
def test_data_of_another_declared_type_are_data(charset, tmp_path):
    with answering(lambda handler: part(handler, Content_Type=f"application/octet-stream{charset}")) as (url, _):
        assert read(url, tmp_path) == CONTENT


def test_pythons_own_server_is_told_apart_by_what_is_missing(tmp_path):
    (tmp_path / "served" / "a").mkdir(parents=True)
    (tmp_path / "served" / "a" / "b.bin").write_bytes(CONTENT)

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(tmp_path / "served"))

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with server, pytest.raises(BrainscoreMouseError, match="ranges"):
        read(f"http://127.0.0.1:{server.server_port}", tmp_path)
    server.shutdown()
