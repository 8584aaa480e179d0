// DynamoDB with the AWS SDK for JavaScript v3 and its DocumentClient, pointed here by AWS_ENDPOINT_URL.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as document from '@aws-sdk/lib-dynamodb';

const client = new dynamodb.DynamoDBClient({ maxAttempts: 1 });
const documents = document.DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });

async function freshTable(TableName) {
  await client.send(new dynamodb.CreateTableCommand({
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }, { AttributeName: 'sk', AttributeType: 'N' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'sk', KeyType: 'RANGE' }] }));
  await dynamodb.waitUntilTableExists({ client, maxWaitTime: 20, minDelay: 0.05, maxDelay: 0.2 }, { TableName });
  return TableName;
}

test('a document comes back as it was', async () => {
  const TableName = await freshTable('js-document');
  const Item = { pk: 'a', sk: 1, list: [1, 'two', { three: true }], none: null, tags: new Set(['x', 'y']),
    bytes: new Uint8Array([0, 255]) };
  await documents.send(new document.PutCommand({ TableName, Item }));
  const got = await documents.send(new document.GetCommand({ TableName, Key: { pk: 'a', sk: 1 }, ConsistentRead: true }));
  assert.deepEqual(got.Item, Item);
});

test('a condition holds', async () => {
  const TableName = await freshTable('js-condition');
  const put = (version) => documents.send(new document.PutCommand({
    TableName, Item: { pk: 'a', sk: 1, version }, ConditionExpression: 'attribute_not_exists(pk) OR version < :v',
    ExpressionAttributeValues: { ':v': version }, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }));
  await put(1);
  await put(2);
  await assert.rejects(put(2), (error) => {
    assert.ok(error instanceof dynamodb.ConditionalCheckFailedException);
    assert.equal(error.Item.version.N ?? error.Item.version, '2');
    return true;
  });
});

test('an update counts', async () => {
  const TableName = await freshTable('js-update');
  const count = () => documents.send(new document.UpdateCommand({
    TableName, Key: { pk: 'a', sk: 1 }, UpdateExpression: 'ADD visits :one SET #n = if_not_exists(#n, :name)',
    ExpressionAttributeNames: { '#n': 'name' }, ExpressionAttributeValues: { ':one': 1, ':name': 'first' },
    ReturnValues: 'ALL_NEW' }));
  await Promise.all(Array.from({ length: 20 }, count));
  const { Attributes } = await count();
  assert.deepEqual(Attributes, { pk: 'a', sk: 1, visits: 21, name: 'first' });
});

test('pages follow each other', async () => {
  const TableName = await freshTable('js-pages');
  const keys = Array.from({ length: 60 }, (_, sk) => sk);
  for (let i = 0; i < keys.length; i += 20)
    await documents.send(new document.BatchWriteCommand({ RequestItems: { [TableName]:
      keys.slice(i, i + 20).map((sk) => ({ PutRequest: { Item: { pk: 'a', sk } } })) } }));
  const found = [];
  for await (const page of document.paginateQuery({ client: documents, pageSize: 7 },
    { TableName, KeyConditionExpression: 'pk = :p AND sk >= :from', ScanIndexForward: false,
      ExpressionAttributeValues: { ':p': 'a', ':from': 10 } }))
    found.push(...page.Items.map((item) => item.sk));
  assert.deepEqual(found, keys.slice(10).reverse());
});

test('a transaction says why it was cancelled', async () => {
  const TableName = await freshTable('js-transaction');
  const put = (sk, condition) => ({ Put: { TableName, Item: { pk: 'a', sk }, ConditionExpression: condition } });
  await documents.send(new document.TransactWriteCommand({ TransactItems: [put(1), put(2)] }));
  await assert.rejects(
    documents.send(new document.TransactWriteCommand({ TransactItems: [put(3), put(1, 'attribute_not_exists(pk)')] })),
    (error) => {
      assert.ok(error instanceof dynamodb.TransactionCanceledException);
      assert.deepEqual(error.CancellationReasons.map((reason) => reason.Code), ['None', 'ConditionalCheckFailed']);
      return true;
    });
  const { Count } = await documents.send(new document.ScanCommand({ TableName }));
  assert.equal(Count, 2);
});
