// SQS with the AWS SDK for JavaScript v3, pointed here by AWS_ENDPOINT_URL. The SDK checks the MD5 sums of bodies itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as sqs from '@aws-sdk/client-sqs';
import { STSClient, GetCallerIdentityCommand } from '@aws-sdk/client-sts';

const client = new sqs.SQSClient({ maxAttempts: 1 });

async function freshQueue(name, Attributes) {
  const { QueueUrl } = await client.send(new sqs.CreateQueueCommand({ QueueName: name, Attributes }));
  return QueueUrl;
}

async function receive(QueueUrl, more = {}) {
  const { Messages = [] } = await client.send(new sqs.ReceiveMessageCommand({
    QueueUrl, MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'], ...more }));
  return Messages;
}

test('a message goes through', async () => {
  const QueueUrl = await freshQueue('js');
  const sent = await client.send(new sqs.SendMessageCommand({
    QueueUrl, MessageBody: 'hello', MessageAttributes: { n: { DataType: 'Number', StringValue: '1' },
      b: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) } } }));
  const [message] = await receive(QueueUrl);
  assert.equal(message.MessageId, sent.MessageId);
  assert.equal(message.Body, 'hello');
  assert.equal(message.MD5OfMessageAttributes, sent.MD5OfMessageAttributes);
  assert.deepEqual([...message.MessageAttributes.b.BinaryValue], [0, 255]);
  await client.send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
  assert.deepEqual(await receive(QueueUrl), []);
});

test('a batch succeeds in part', async () => {
  const QueueUrl = await freshQueue('js-batch');
  const answer = await client.send(new sqs.SendMessageBatchCommand({
    QueueUrl, Entries: [{ Id: 'good', MessageBody: 'x' }, { Id: 'bad', MessageBody: 'y', DelaySeconds: 901 }] }));
  assert.deepEqual(answer.Successful.map((entry) => entry.Id), ['good']);
  assert.equal(answer.Failed[0].Code, 'InvalidParameterValue');
});

test('fifo keeps order', async () => {
  const QueueUrl = await freshQueue('js.fifo', { FifoQueue: 'true', ContentBasedDeduplication: 'true' });
  for (const MessageBody of ['1', '2', '2', '3'])
    await client.send(new sqs.SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: 'g' }));
  const messages = await receive(QueueUrl, { MaxNumberOfMessages: 10 });
  assert.deepEqual(messages.map((message) => message.Body), ['1', '2', '3']);
});

test('a long poll is woken', async () => {
  const QueueUrl = await freshQueue('js-poll');
  const waiting = receive(QueueUrl, { WaitTimeSeconds: 20 });
  await client.send(new sqs.SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
  assert.deepEqual((await waiting).map((message) => message.Body), ['x']);
});

test('errors become exceptions of their class', async () => {
  await assert.rejects(client.send(new sqs.GetQueueUrlCommand({ QueueName: 'nope' })), (error) => {
    assert.ok(error instanceof sqs.QueueDoesNotExist);
    assert.equal(error.$metadata.httpStatusCode, 400);
    return true;
  });
});

test('the caller is root', async () => {
  const identity = await new STSClient({}).send(new GetCallerIdentityCommand({}));
  assert.equal(identity.Arn, 'arn:aws:iam::000000000000:root');
});
