package virga;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.amazonaws.services.dynamodbv2.AcquireLockOptions;
import com.amazonaws.services.dynamodbv2.AmazonDynamoDBLockClient;
import com.amazonaws.services.dynamodbv2.AmazonDynamoDBLockClientOptions;
import com.amazonaws.services.dynamodbv2.LockItem;
import com.amazonaws.services.dynamodbv2.model.LockNotGrantedException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

// The lock client of AWS Labs on the SDK for Java v2, pointed here by AWS_ENDPOINT_URL.
class DynamoDbLockTest {
  private static final String TABLE = "java-locks";
  private final DynamoDbClient dynamodb = DynamoDbClient.create();

  private AmazonDynamoDBLockClient owner(String name) {
    return new AmazonDynamoDBLockClient(AmazonDynamoDBLockClientOptions.builder(dynamodb, TABLE)
        .withPartitionKeyName("key").withOwnerName(name).withTimeUnit(TimeUnit.MILLISECONDS).withLeaseDuration(2_000L)
        .withHeartbeatPeriod(200L).withCreateHeartbeatBackgroundThread(true).build());
  }

  private AcquireLockOptions it(String data) {
    return AcquireLockOptions.builder("it").withData(ByteBuffer.wrap(data.getBytes(StandardCharsets.UTF_8)))
        .withDeleteLockOnRelease(false).withTimeUnit(TimeUnit.MILLISECONDS).withRefreshPeriod(50L)
        .withAdditionalTimeToWaitForLock(100L).build();
  }

  @Test
  void aLockGoesFromHandToHand() throws Exception {
    dynamodb.createTable(b -> b.tableName(TABLE).billingMode(BillingMode.PAY_PER_REQUEST)
        .attributeDefinitions(AttributeDefinition.builder().attributeName("key").attributeType(ScalarAttributeType.S).build())
        .keySchema(KeySchemaElement.builder().attributeName("key").keyType(KeyType.HASH).build()));
    dynamodb.waiter().waitUntilTableExists(b -> b.tableName(TABLE));
    try (AmazonDynamoDBLockClient first = owner("first"); AmazonDynamoDBLockClient second = owner("second")) {
      LockItem held = first.acquireLock(it("of the first"));
      assertFalse(held.isExpired());
      // Its heartbeat keeps it beyond the lease.
      assertThrows(LockNotGrantedException.class, () -> second.acquireLock(it("of the second")));
      assertEquals("first", second.getLock("it", java.util.Optional.empty()).orElseThrow().getOwnerName());
      assertTrue(first.releaseLock(held));
      LockItem taken = second.acquireLock(it("of the second"));
      assertEquals("second", taken.getOwnerName());
      assertFalse(first.tryAcquireLock(it("again")).isPresent());
      assertTrue(second.releaseLock(taken));
    }
  }
}
