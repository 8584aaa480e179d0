package virga;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.transfer.s3.S3TransferManager;

// S3 with the AWS SDK for Java v2 and its transfer manager, pointed here by AWS_ENDPOINT_URL.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class S3Test {
  private static final int MIB = 1024 * 1024;
  private final S3Client client = S3Client.builder().forcePathStyle(true).build();
  private final S3AsyncClient async =
      S3AsyncClient.builder()
          .forcePathStyle(true)
          .multipartEnabled(true)
          .multipartConfiguration(b -> b.minimumPartSizeInBytes(5L * MIB).thresholdInBytes(5L * MIB))
          .build();
  private final S3TransferManager manager = S3TransferManager.builder().s3Client(async).build();

  @AfterAll
  void close() {
    manager.close();
    async.close();
    client.close();
  }

  @Test
  void anObjectComesBack() {
    client.createBucket(b -> b.bucket("java-object"));
    client.putObject(b -> b.bucket("java-object").key("a/ü"), RequestBody.fromString("hello"));
    assertEquals("hello", client.getObjectAsBytes(b -> b.bucket("java-object").key("a/ü")).asUtf8String());
    assertThrows(NoSuchKeyException.class, () -> client.getObject(b -> b.bucket("java-object").key("nope")));
  }

  @Test
  void longFilesGoInPartsAndComeBack(@TempDir Path folder) throws Exception {
    client.createBucket(b -> b.bucket("java-parts"));
    byte[] content = new byte[23 * MIB + 11];
    new Random(1).nextBytes(content);
    Path source = folder.resolve("source"), back = folder.resolve("back");
    Files.write(source, content);
    manager.uploadFile(u -> u.source(source).putObjectRequest(b -> b.bucket("java-parts").key("long"))).completionFuture().join();
    assertTrue(client.headObject(b -> b.bucket("java-parts").key("long")).eTag().endsWith("-5\""));
    manager
        .copy(c -> c.copyObjectRequest(
            b -> b.sourceBucket("java-parts").sourceKey("long").destinationBucket("java-parts").destinationKey("copy")))
        .completionFuture()
        .join();
    manager.downloadFile(d -> d.destination(back).getObjectRequest(b -> b.bucket("java-parts").key("copy"))).completionFuture().join();
    assertArrayEquals(content, Files.readAllBytes(back));
  }

  @Test
  void foldersMakeTheRoundTrip(@TempDir Path folder) throws Exception {
    client.createBucket(b -> b.bucket("java-folder"));
    Path source = folder.resolve("source"), back = folder.resolve("back");
    for (int i = 0; i < 60; ++i) {
      Path file = source.resolve(i % 4 + "/file " + i);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "content " + i);
    }
    var sent = manager.uploadDirectory(u -> u.source(source).bucket("java-folder").s3Prefix("here")).completionFuture().join();
    assertEquals(0, sent.failedTransfers().size());
    var got = manager
        .downloadDirectory(d -> d.bucket("java-folder").destination(back).listObjectsV2RequestTransformer(l -> l.prefix("here")))
        .completionFuture()
        .join();
    assertEquals(0, got.failedTransfers().size());
    for (int i = 0; i < 60; ++i) assertEquals("content " + i, Files.readString(back.resolve(i % 4 + "/file " + i)));
  }
}
