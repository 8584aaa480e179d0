"""A browser: a page of another origin asks, is admitted by CORS, and uploads by a form that was signed for it."""

import functools
import http.server
import json
import shutil
import subprocess
import threading

import pytest

SECONDS_MAX = 120
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium")

PAGE = """<!DOCTYPE html><meta charset="utf-8"><pre id="out">waiting</pre><script>
const asked = %s;
async function step(name, what) {
  try { return [name, await what()]; } catch (error) { return [name, 'refused']; }
}
(async () => {
  const form = new FormData();
  for (const [name, value] of Object.entries(asked.fields)) form.append(name, value);
  form.append('file', new Blob(['from the browser'], {type: 'text/plain'}), 'a.txt');
  const done = [];
  done.push(await step('form', async () => (await fetch(asked.form, {method: 'POST', body: form})).status));
  done.push(await step('put', async () => {
    const answer = await fetch(asked.put, {method: 'PUT', body: 'put', headers: {'x-amz-meta-colour': 'red'}});
    return [answer.status, answer.headers.get('ETag') !== null];
  }));
  done.push(await step('get', async () => (await fetch(asked.get)).text()));
  done.push(await step('delete', async () => (await fetch(asked.remove, {method: 'DELETE'})).status));
  document.getElementById('out').textContent = JSON.stringify(Object.fromEntries(done));
  await fetch('/done', {method: 'POST', body: document.getElementById('out').textContent});
})();
</script>"""


class Page(http.server.BaseHTTPRequestHandler):
    """Serves the page, and takes what it found."""

    def do_GET(self):
        content = self.server.page.encode() if self.path == "/" else b""
        self.send_response(200 if content else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self):
        self.server.found = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()
        self.server.is_done.set()

    def log_message(self, *_):
        pass


@pytest.fixture
def site():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Page))
    server.is_done, server.found, server.page = threading.Event(), None, ""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def visit(site, tmp_path, page):
    """What the page found when a browser showed it."""
    site.page = page
    command = [BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
               "--no-first-run", "--disable-background-networking", f"--user-data-dir={tmp_path / 'browser'}",
               f"http://localhost:{site.server_port}/"]
    browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert site.is_done.wait(SECONDS_MAX), "the page was not shown"
    finally:
        browser.terminate()
        browser.wait(timeout=SECONDS_MAX)
    return site.found


def addresses(s3, bucket):
    form = s3.generate_presigned_post(bucket, "form/${filename}", ExpiresIn=300)

    def signed(operation, key):
        return s3.generate_presigned_url(operation, Params={"Bucket": bucket, "Key": key}, ExpiresIn=300)

    return {"form": form["url"], "fields": form["fields"], "put": signed("put_object", "put"),
            "get": signed("get_object", "there"), "remove": signed("delete_object", "there")}


def test_a_page_does_what_the_bucket_admits(s3, bucket, site, tmp_path):
    s3.put_object(Bucket=bucket, Key="there", Body=b"hello")
    rule = {"AllowedOrigins": [f"http://localhost:{site.server_port}"], "AllowedMethods": ["GET", "PUT", "POST"],
            "AllowedHeaders": ["x-amz-meta-*", "content-type"], "ExposeHeaders": ["ETag"]}
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    found = visit(site, tmp_path, PAGE % json.dumps(addresses(s3, bucket)))
    assert found == {"form": 204, "put": [200, True], "get": "hello", "delete": "refused"}
    assert s3.get_object(Bucket=bucket, Key="form/a.txt")["Body"].read() == b"from the browser"
    assert s3.head_object(Bucket=bucket, Key="put")["Metadata"] == {"colour": "red"}
    assert s3.head_object(Bucket=bucket, Key="there")["ContentLength"] == 5


def test_a_page_of_another_origin_is_refused(s3, bucket, site, tmp_path):
    s3.put_object(Bucket=bucket, Key="there", Body=b"hello")
    rule = {"AllowedOrigins": ["https://example.com"], "AllowedMethods": ["GET", "PUT", "POST"]}
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    found = visit(site, tmp_path, PAGE % json.dumps(addresses(s3, bucket)))
    assert found == {"form": "refused", "put": "refused", "get": "refused", "delete": "refused"}
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert keys == ["form/a.txt", "there"]  # a form needs no preflight: the page may send it, and not see the answer
