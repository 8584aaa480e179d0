package virga;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueDoesNotExistException;

// SQS with the AWS SDK for Java v2, pointed here by AWS_ENDPOINT_URL. The SDK checks the MD5 sums of bodies and attributes itself.
class SqsTest {
  private final SqsClient client = SqsClient.create();

  @Test
  void aMessageGoesThrough() {
    String url = client.createQueue(b -> b.queueName("java")).queueUrl();
    MessageAttributeValue bytes =
        MessageAttributeValue.builder().dataType("Binary").binaryValue(SdkBytes.fromByteArray(new byte[] {0, -1})).build();
    client.sendMessage(b -> b.queueUrl(url).messageBody("hello").messageAttributes(Map.of("b", bytes)));
    List<Message> messages = client.receiveMessage(b -> b.queueUrl(url).messageAttributeNames("All")).messages();
    assertEquals(1, messages.size());
    assertEquals("hello", messages.get(0).body());
    assertEquals(bytes, messages.get(0).messageAttributes().get("b"));
    client.deleteMessage(b -> b.queueUrl(url).receiptHandle(messages.get(0).receiptHandle()));
    assertEquals(0, client.receiveMessage(b -> b.queueUrl(url)).messages().size());
  }

  @Test
  void fifoKeepsOrder() {
    Map<QueueAttributeName, String> attributes =
        Map.of(QueueAttributeName.FIFO_QUEUE, "true", QueueAttributeName.CONTENT_BASED_DEDUPLICATION, "true");
    String url = client.createQueue(b -> b.queueName("java.fifo").attributes(attributes)).queueUrl();
    for (String body : List.of("1", "2", "2", "3"))
      client.sendMessage(b -> b.queueUrl(url).messageBody(body).messageGroupId("g"));
    List<Message> messages = client.receiveMessage(b -> b.queueUrl(url).maxNumberOfMessages(10)).messages();
    assertEquals(List.of("1", "2", "3"), messages.stream().map(Message::body).collect(Collectors.toList()));
  }

  @Test
  void errorsHaveTheirType() {
    QueueDoesNotExistException error =
        assertThrows(QueueDoesNotExistException.class, () -> client.getQueueUrl(b -> b.queueName("nope")));
    assertEquals(400, error.statusCode());
  }
}
