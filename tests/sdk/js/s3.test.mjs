// S3 with the AWS SDK for JavaScript v3: streams, uploads in parts by lib-storage, presigned forms of what it sends.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import * as s3 from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';

const MIB = 1024 * 1024;
const client = new s3.S3Client({ maxAttempts: 1, forcePathStyle: true });

async function freshBucket(name) {
  await client.send(new s3.CreateBucketCommand({ Bucket: name }));
  return name;
}

async function hashOf(Bucket, Key, more = {}) {
  const { Body } = await client.send(new s3.GetObjectCommand({ Bucket, Key, ...more }));
  const hash = createHash('sha256');
  for await (const chunk of Body) hash.update(chunk);
  return hash.digest('hex');
}

test('an object comes back as a text, as bytes and as a stream', async () => {
  const Bucket = await freshBucket('js-object');
  await client.send(new s3.PutObjectCommand({ Bucket, Key: 'a', Body: 'hello', Metadata: { colour: 'red' } }));
  const got = await client.send(new s3.GetObjectCommand({ Bucket, Key: 'a' }));
  assert.equal(await got.Body.transformToString(), 'hello');
  assert.deepEqual(got.Metadata, { colour: 'red' });
  const range = await client.send(new s3.GetObjectCommand({ Bucket, Key: 'a', Range: 'bytes=1-3' }));
  assert.equal(Buffer.from(await range.Body.transformToByteArray()).toString(), 'ell');
});

test('a file is sent as a stream, with its checksum behind it', async () => {
  const Bucket = await freshBucket('js-stream');
  const folder = mkdtempSync(join(tmpdir(), 'virga-js-'));
  try {
    const content = randomBytes(3 * MIB + 17);
    writeFileSync(join(folder, 'file'), content);
    const sent = await client.send(new s3.PutObjectCommand({
      Bucket, Key: 'file', Body: createReadStream(join(folder, 'file')), ChecksumAlgorithm: 'SHA256' }));
    assert.equal(sent.ChecksumSHA256, createHash('sha256').update(content).digest('base64'));
    assert.equal(await hashOf(Bucket, 'file'), createHash('sha256').update(content).digest('hex'));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('lib-storage uploads a stream of unknown length in parts', async () => {
  const Bucket = await freshBucket('js-parts');
  const hash = createHash('sha256');
  async function* chunks() {
    for (let index = 0; index < 23; ++index) {
      const chunk = randomBytes(MIB);
      hash.update(chunk);
      yield chunk;
    }
  }
  const seen = [];
  const upload = new Upload({ client, partSize: 5 * MIB, queueSize: 4,
    params: { Bucket, Key: 'stream', Body: Readable.from(chunks()), ContentType: 'application/x-noise' } });
  upload.on('httpUploadProgress', (progress) => seen.push(progress.part));
  const done = await upload.done();
  assert.match(done.ETag, /-5"$/);
  assert.deepEqual(seen.sort(), [1, 2, 3, 4, 5]);
  const head = await client.send(new s3.HeadObjectCommand({ Bucket, Key: 'stream' }));
  assert.equal(head.ContentLength, 23 * MIB);
  assert.equal(head.ContentType, 'application/x-noise');
  assert.equal(await hashOf(Bucket, 'stream'), hash.digest('hex'));
});

test('an upload that is aborted leaves nothing', async () => {
  const Bucket = await freshBucket('js-abort');
  async function* endless() {
    for (;;) yield randomBytes(MIB);
  }
  const upload = new Upload({ client, partSize: 5 * MIB, params: { Bucket, Key: 'x', Body: Readable.from(endless()) } });
  upload.on('httpUploadProgress', () => upload.abort());
  await assert.rejects(upload.done(), { name: 'AbortError' });
  const { KeyCount } = await client.send(new s3.ListObjectsV2Command({ Bucket }));
  assert.equal(KeyCount, 0);
});

test('pages hold all keys, with their folders', async () => {
  const Bucket = await freshBucket('js-pages');
  const keys = Array.from({ length: 25 }, (_, index) => `${index % 5}/key ${index}`);
  await Promise.all(keys.map((Key) => client.send(new s3.PutObjectCommand({ Bucket, Key, Body: '' }))));
  const found = [];
  for await (const page of s3.paginateListObjectsV2({ client, pageSize: 4 }, { Bucket }))
    found.push(...page.Contents.map((entry) => entry.Key));
  assert.deepEqual(found, keys.sort());
  const { CommonPrefixes } = await client.send(new s3.ListObjectsV2Command({ Bucket, Delimiter: '/' }));
  assert.deepEqual(CommonPrefixes.map((entry) => entry.Prefix), ['0/', '1/', '2/', '3/', '4/']);
  const gone = await client.send(new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } }));
  assert.equal(gone.Deleted.length, keys.length);
});

test('errors become exceptions of their class', async () => {
  const Bucket = await freshBucket('js-errors');
  await assert.rejects(client.send(new s3.GetObjectCommand({ Bucket, Key: 'nope' })), (error) => {
    assert.ok(error instanceof s3.NoSuchKey);
    assert.equal(error.$metadata.httpStatusCode, 404);
    return true;
  });
  await assert.rejects(client.send(new s3.HeadObjectCommand({ Bucket, Key: 'nope' })), s3.NotFound);
  await assert.rejects(client.send(new s3.PutObjectCommand({ Bucket: 'js-not-there', Key: 'a' })), s3.NoSuchBucket);
});

test('the answer of a query is a stream of events', async () => {
  const Bucket = await freshBucket('js-select');
  await client.send(new s3.PutObjectCommand({ Bucket, Key: 'people', Body: 'name,age\nann,30\nbob,20\n' }));
  const { Payload } = await client.send(new s3.SelectObjectContentCommand({
    Bucket, Key: 'people', ExpressionType: 'SQL', Expression: "SELECT s.name FROM S3Object s WHERE s.age > 25",
    InputSerialization: { CSV: { FileHeaderInfo: 'USE' } }, OutputSerialization: { CSV: {} } }));
  let said = '';
  for await (const event of Payload) if (event.Records) said += Buffer.from(event.Records.Payload).toString();
  assert.equal(said, 'ann\n');
});
