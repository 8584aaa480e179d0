"""Objects under the kill test: what was acknowledged is there with its bytes, what was not is absent or whole.

- an object whose put was answered is there, unless its delete was asked for;
- an object whose delete was answered is gone; its file too, once it had time;
- an upload whose completion was answered is an object of all its parts;
- of a versioned key all versions whose put was answered are there, in their order, with their bytes, unless their
  delete was asked for;
- no file is left that belongs to no object.
"""

import hashlib
import http.client
import re
import socket
import time

WRITERS = 2
BUCKET = "/kills"
VERSIONED_BUCKET = "/kills-versions"
VERSIONED_KEYS = 7
PART_BYTES = 5 * 1024 * 1024
SIZES = (10, 3_000, 40_000, 70_000, 400_000)  # in a row, in a row, in a file, in two frames, taken as it comes
AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature="
    + 64 * "0"
)


class Gone(Exception):
    """The server went away before it answered."""


class Objects:
    """A connection to one life of the server."""

    def __init__(self, port, bucket=BUCKET):
        self.bucket = bucket
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def request(self, method, path, body=b""):
        headers = {
            "X-Amz-Date": "20260101T000000Z",
            "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD",
            "Authorization": AUTHORIZATION,
        }
        try:
            self.connection.request(method, self.bucket + path, body, headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read(), answer.headers
        except (http.client.HTTPException, OSError, socket.timeout) as error:
            raise Gone from error

    def must(self, method, path, body=b""):
        status, text, headers = self.request(method, path, body)
        if status // 100 != 2:
            raise AssertionError(f"{method} {path}: {status} {text[:300]}")
        return text, headers


class ObjectLedger:
    """What was asked for and answered. Each writer has keys of its own."""

    def __init__(self):
        self.next_number = [0] * WRITERS
        self.put, self.deletes_asked, self.deleted = set(), set(), set()
        self.uploads_begun = 0
        self.uploads_completed = set()
        self.versions_begun = 0
        self.versions = {}  # of answered puts: number of the write -> id
        self.version_deletes_asked, self.versions_deleted = set(), set()  # ids
        self.problems = []


def make_buckets(port):
    Objects(port).must("PUT", "")
    versioned = Objects(port, VERSIONED_BUCKET)
    versioned.must("PUT", "")
    enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
    versioned.must("PUT", "?versioning", enabled.encode())


def body_of(key):
    size = SIZES[int(key.rsplit("-", 1)[1]) % len(SIZES)]
    return hashlib.shake_128(key.encode()).digest(size)


def parts_of(key):
    """Every fourth upload has a part of the size that all but the last must have, the others one that is soon sent."""
    is_long = int(key.rsplit("-", 1)[1]) % 4 == 0
    sizes = (PART_BYTES, 1_000) if is_long else (300_000,)
    return [hashlib.shake_128(f"{key}/{number}".encode()).digest(size) for number, size in enumerate(sizes, 1)]


def write(objects, ledger, writer):
    while True:
        number = ledger.next_number[writer]
        ledger.next_number[writer] += 1
        key = f"w{writer}-{number}"
        objects.must("PUT", f"/{key}", body_of(key))
        ledger.put.add(key)
        if number % 3 == 2:
            old = f"w{writer}-{number - 1}"
            ledger.deletes_asked.add(old)
            objects.must("DELETE", f"/{old}")
            ledger.deleted.add(old)


def upload_in_parts(objects, ledger):
    while True:
        ledger.uploads_begun += 1
        key = f"parts-{ledger.uploads_begun}"
        begun, _ = objects.must("POST", f"/{key}?uploads")
        upload = re.search(rb"<UploadId>(.*?)</UploadId>", begun)[1].decode()
        listed = ""
        for number, part in enumerate(parts_of(key), 1):
            _, headers = objects.must("PUT", f"/{key}?partNumber={number}&uploadId={upload}", part)
            listed += f"<Part><PartNumber>{number}</PartNumber><ETag>{headers['ETag']}</ETag></Part>"
        objects.must(
            "POST",
            f"/{key}?uploadId={upload}",
            f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode(),
        )
        ledger.uploads_completed.add(key)


def write_versions(objects, ledger):
    """Puts the same keys again and again; every fourth time deletes the version before for good."""
    while True:
        number = ledger.versions_begun
        ledger.versions_begun += 1
        _, headers = objects.must("PUT", f"/v{number % VERSIONED_KEYS}", body_of(f"version-{number}"))
        ledger.versions[number] = headers["x-amz-version-id"]
        if number % 4 == 3 and number - VERSIONED_KEYS in ledger.versions:
            old = number - VERSIONED_KEYS
            version = ledger.versions[old]
            ledger.version_deletes_asked.add(version)
            objects.must("DELETE", f"/v{old % VERSIONED_KEYS}?versionId={version}")
            ledger.versions_deleted.add(version)


def versions_of(objects, key):
    """The ids of a key's versions, the newest first, and their lengths."""
    found, after = [], ""
    while True:
        text, _ = objects.must("GET", f"?versions&prefix={key}&key-marker={key if after else ''}{after}")
        page = text.decode()
        found += [
            (re.search(r"<VersionId>(.*?)<", block)[1], int(re.search(r"<Size>(\d+)<", block)[1]))
            for block in re.findall(r"<Version>(.*?)</Version>", page, re.DOTALL)
        ]
        if "<IsTruncated>true" not in page:
            return found
        after = f"&version-id-marker={found[-1][0]}"


def check_versions(objects, ledger):
    number_of = {version: number for number, version in ledger.versions.items()}
    for place in range(VERSIONED_KEYS):
        key = f"v{place}"
        there = [version for version, _ in versions_of(objects, key)]
        numbers = [number_of[version] for version in there if version in number_of]
        if numbers != sorted(numbers, reverse=True):
            yield f"the versions of {key} are out of order: {numbers}"
        for number, version in ledger.versions.items():
            if number % VERSIONED_KEYS != place:
                continue
            if version in ledger.versions_deleted and version in there:
                yield f"version {number} of {key} came back after its delete was answered"
            if version not in ledger.version_deletes_asked and version not in there:
                yield f"version {number} of {key} is lost: its write was answered"
        written = {body_of(f"version-{number}") for number in range(place, ledger.versions_begun, VERSIONED_KEYS)}
        for version in there:
            status, body, _ = objects.request("GET", f"/{key}?versionId={version}")
            if status != 200 or body not in written:
                yield f"version {version} of {key} answers {status} and {len(body)} bytes that nobody wrote"
            elif version in number_of and body != body_of(f"version-{number_of[version]}"):
                yield f"version {number_of[version]} of {key} has the bytes of another"


def check_object(objects, key, expected, is_promised):
    status, body, _ = objects.request("GET", f"/{key}")
    if status == 404:
        if is_promised:
            yield f"{key} is lost: its write was answered"
    elif status != 200:
        yield f"{key} answers {status}: {body[:200]}"
    elif body != expected:
        yield f"{key} has other bytes than were written: {len(body)} of {len(expected)}"


def check_objects(virga, ledger):
    """What is wrong with what is left, as sentences."""
    objects = Objects(virga.port)
    yield from ledger.problems
    for writer in range(WRITERS):
        for number in range(ledger.next_number[writer]):
            key = f"w{writer}-{number}"
            if key in ledger.deleted:
                if objects.request("HEAD", f"/{key}")[0] != 404:
                    yield f"{key} came back after its delete was answered"
                continue
            is_promised = key in ledger.put and key not in ledger.deletes_asked
            yield from check_object(objects, key, body_of(key), is_promised)
    for number in range(1, ledger.uploads_begun + 1):
        key = f"parts-{number}"
        yield from check_object(objects, key, b"".join(parts_of(key)), key in ledger.uploads_completed)
    versioned = Objects(virga.port, VERSIONED_BUCKET)
    yield from check_versions(versioned, ledger)
    yield from check_files(virga, objects, versioned)


def files_needed(objects):
    """How many files the objects and the parts of unfinished uploads are kept in."""
    needed, marker = 0, ""
    while True:
        text, _ = objects.must("GET", f"?list-type=2&start-after={marker}")
        needed += sum(1 for size in re.findall(r"<Size>(\d+)</Size>", text.decode()) if int(size) > 32 * 1024)
        if b"<IsTruncated>true" not in text:
            break
        marker = re.findall(r"<Key>(.*?)</Key>", text.decode())[-1]
    uploads, _ = objects.must("GET", "?uploads&max-uploads=1000")
    for block in re.findall(r"<Upload>(.*?)</Upload>", uploads.decode(), re.DOTALL):
        key, upload = (re.search(f"<{name}>(.*?)</{name}>", block)[1] for name in ("Key", "UploadId"))
        parts, _ = objects.must("GET", f"/{key}?uploadId={upload}")
        needed += sum(1 for size in re.findall(r"<Size>(\d+)</Size>", parts.decode()) if int(size) > 32 * 1024)
    return needed


def files_of_versions(versioned):
    keys = (f"v{place}" for place in range(VERSIONED_KEYS))
    return sum(1 for key in keys for _, size in versions_of(versioned, key) if size > 32 * 1024)


def check_files(virga, objects, versioned):
    virga.advance(120)  # dead files are buried
    needed = files_needed(objects) + files_of_versions(versioned)
    folder = virga.data / "current" / "blobs"
    found, deadline = None, time.monotonic() + 30
    while found != needed and time.monotonic() < deadline:  # the collection of a start works in the background
        objects.must("GET", "?max-keys=1")
        found = sum(1 for path in folder.glob("[0-9a-f][0-9a-f]/*/*") if path.is_file())
    if found != needed:
        yield f"{found} files are there, {needed} are needed"
