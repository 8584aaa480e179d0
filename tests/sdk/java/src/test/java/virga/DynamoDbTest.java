package virga;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbEnhancedClient;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbTable;
import software.amazon.awssdk.enhanced.dynamodb.Key;
import software.amazon.awssdk.enhanced.dynamodb.TableSchema;
import software.amazon.awssdk.enhanced.dynamodb.extensions.annotations.DynamoDbVersionAttribute;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbBean;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbPartitionKey;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbSecondaryPartitionKey;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbSortKey;
import software.amazon.awssdk.enhanced.dynamodb.model.QueryConditional;
import software.amazon.awssdk.enhanced.dynamodb.model.TransactWriteItemsEnhancedRequest;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;

// DynamoDB with the enhanced client of the AWS SDK for Java v2, pointed here by AWS_ENDPOINT_URL. The SDK checks the CRC32 of answers.
class DynamoDbTest {
  @DynamoDbBean
  public static class Note {
    private String owner, subject, text;
    private int number;
    private Long version;

    @DynamoDbPartitionKey
    public String getOwner() { return owner; }
    public void setOwner(String owner) { this.owner = owner; }
    @DynamoDbSortKey
    public int getNumber() { return number; }
    public void setNumber(int number) { this.number = number; }
    @DynamoDbSecondaryPartitionKey(indexNames = "by-subject")
    public String getSubject() { return subject; }
    public void setSubject(String subject) { this.subject = subject; }
    public String getText() { return text; }
    public void setText(String text) { this.text = text; }
    @DynamoDbVersionAttribute
    public Long getVersion() { return version; }
    public void setVersion(Long version) { this.version = version; }

    static Note of(String owner, int number, String subject, String text) {
      Note note = new Note();
      note.owner = owner;
      note.number = number;
      note.subject = subject;
      note.text = text;
      return note;
    }
  }

  private final DynamoDbClient client = DynamoDbClient.create();
  private final DynamoDbEnhancedClient enhanced = DynamoDbEnhancedClient.builder().dynamoDbClient(client).build();

  private DynamoDbTable<Note> fresh(String name) {
    DynamoDbTable<Note> table = enhanced.table(name, TableSchema.fromBean(Note.class));
    table.createTable(b -> b.globalSecondaryIndices(i -> i.indexName("by-subject").projection(p -> p.projectionType(ProjectionType.ALL))));
    client.waiter().waitUntilTableExists(b -> b.tableName(name));
    return table;
  }

  @Test
  void aBeanComesBackAsItWas() {
    DynamoDbTable<Note> table = fresh("java-bean");
    table.putItem(Note.of("ann", 1, "work", "hello"));
    Note read = table.getItem(Key.builder().partitionValue("ann").sortValue(1).build());
    assertEquals("hello", read.getText());
    assertEquals(1L, read.getVersion());
  }

  @Test
  void anOldVersionIsRefused() {
    DynamoDbTable<Note> table = fresh("java-version");
    table.putItem(Note.of("ann", 1, "work", "first"));
    Note mine = table.getItem(Key.builder().partitionValue("ann").sortValue(1).build());
    Note theirs = table.getItem(Key.builder().partitionValue("ann").sortValue(1).build());
    table.updateItem(mine);
    assertThrows(ConditionalCheckFailedException.class, () -> table.updateItem(theirs));
  }

  @Test
  void anIndexAndTheTableAgree() {
    DynamoDbTable<Note> table = fresh("java-index");
    enhanced.transactWriteItems(TransactWriteItemsEnhancedRequest.builder()
        .addPutItem(table, Note.of("ann", 1, "work", "a"))
        .addPutItem(table, Note.of("bob", 2, "work", "b"))
        .addPutItem(table, Note.of("bob", 3, "home", "c"))
        .build());
    List<Integer> atWork = table.index("by-subject")
        .query(QueryConditional.keyEqualTo(k -> k.partitionValue("work"))).stream()
        .flatMap(page -> page.items().stream()).map(Note::getNumber).sorted().collect(Collectors.toList());
    assertEquals(List.of(1, 2), atWork);
    List<Integer> bobs = table.query(QueryConditional.keyEqualTo(k -> k.partitionValue("bob")))
        .items().stream().map(Note::getNumber).collect(Collectors.toList());
    assertEquals(List.of(2, 3), bobs);
  }
}
