"""A bucket that speaks as much of S3 as an export needs, in memory: put, put in pieces, list, delete."""

import contextlib
import http.server
import threading
import urllib.parse
from xml.sax.saxutils import escape


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Says nothing."""

    def answer(self, body="", status=200, **headers):
        body = body.encode()
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), "content-type": "application/xml", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def asked(self):
        url = urllib.parse.urlsplit(self.path)
        key = urllib.parse.unquote(url.path).split("/", 2)[2] if url.path.count("/") > 1 else ""
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        assert self.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=key/"), "not signed"
        return key, dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True)), body

    def do_PUT(self):
        key, query, body = self.asked()
        if "partNumber" in query:
            self.server.pieces[query["uploadId"]][int(query["partNumber"])] = body
        else:
            self.server.objects[key] = body
        self.answer(etag='"e"')

    def do_POST(self):
        key, query, body = self.asked()
        if "uploads" in query:
            number = str(len(self.server.pieces))
            self.server.pieces[number] = {}
            self.answer(f"<InitiateMultipartUploadResult><UploadId>{number}</UploadId></InitiateMultipartUploadResult>")
        elif "uploadId" in query:
            pieces = self.server.pieces[query["uploadId"]]
            self.server.objects[key] = b"".join(pieces[number] for number in sorted(pieces))
            self.answer('<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>')
        else:
            self.answer("<Error/>", 501)

    def do_GET(self):
        _, query, _ = self.asked()
        found = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(body)}</Size><ETag>e</ETag>"
            "<LastModified>2026-11-21T00:00:00.000Z</LastModified></Contents>"
            for key, body in sorted(self.server.objects.items())
            if key.startswith(query.get("prefix", ""))
        )
        self.answer(f"<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>")

    def do_DELETE(self):
        key, _, _ = self.asked()
        self.server.objects.pop(key, None)
        self.answer(status=204)


@contextlib.contextmanager
def bucket():
    """Yields the objects by key, and the environment that leads to them."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.objects, server.pieces = {}, {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.objects, {
            "AWS_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
        }
    finally:
        server.shutdown()
        server.server_close()
