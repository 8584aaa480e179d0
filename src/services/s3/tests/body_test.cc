// Bodies of every size that is special, and ranges of them.
#include <gtest/gtest.h>

#include "base/frames.h"
#include "kernel/testing.h"
#include "services/s3/pieces.h"

namespace s3 {
kernel::Service service();

namespace {

using kernel::testing::TestCloud;

class Bodies : public testing::Test {
 protected:
  Bodies() : cloud({service()}) { must("CreateBucket", {{"Bucket", "bodies"}}); }

  Value must(std::string_view operation, Value::Map input) {
    auto answer = cloud.call("s3", operation, std::move(input));
    EXPECT_TRUE(answer) << operation << ": " << answer.error().code << " " << answer.error().message;
    return answer ? *std::move(answer) : Value();
  }
  std::string noise(std::size_t size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(cloud.roll(256));
    return bytes;
  }
  std::string put(std::string key, std::string bytes) {
    return must("PutObject", {{"Bucket", "bodies"}, {"Key", std::move(key)}, {"Body", std::move(bytes)}})
        .at("ETag")
        .str();
  }
  std::string get(std::string key) {
    return must("GetObject", {{"Bucket", "bodies"}, {"Key", std::move(key)}}).at("Body").str();
  }
  std::string get_range(std::string key, std::uint64_t first, std::uint64_t last) {
    return must("GetObject",
                {{"Bucket", "bodies"}, {"Key", std::move(key)}, {"Range", fmt::format("bytes={}-{}", first, last)}})
        .at("Body")
        .str();
  }
  void check_ranges(const std::string& key, const std::string& bytes) {
    for (int i = 0; i < 20; ++i) {
      std::uint64_t first = cloud.roll(bytes.size()), last = first + cloud.roll(bytes.size() - first);
      ASSERT_EQ(get_range(key, first, last), bytes.substr(first, last - first + 1)) << first << "-" << last;
    }
  }

  TestCloud cloud;
};

constexpr std::size_t kSizes[] = {0,
                                  1,
                                  kInlineBytesMax,
                                  kInlineBytesMax + 1,
                                  base::kFrameBytes - 1,
                                  base::kFrameBytes,
                                  base::kFrameBytes + 1,
                                  3 * base::kFrameBytes + 100};

TEST_F(Bodies, OfEverySizeComeBackWholeAndInRanges) {
  for (std::size_t size : kSizes) {
    std::string bytes = noise(size);
    put("k", bytes);
    EXPECT_EQ(get("k"), bytes) << size;
    if (size > 0) check_ranges("k", bytes);
  }
  cloud.restart();
  EXPECT_EQ(get("k").size(), 3 * base::kFrameBytes + 100);
}

TEST_F(Bodies, OfPartsAreOneBody) {
  std::string whole;
  Value::List parts;
  const std::string id = must("CreateMultipartUpload", {{"Bucket", "bodies"}, {"Key", "k"}}).at("UploadId").str();
  for (std::size_t size : {std::size_t{5} << 20, (std::size_t{5} << 20) + 77, std::size_t{10}}) {
    std::string bytes = noise(size);
    whole += bytes;
    Value part = must(
        "UploadPart",
        {{"Bucket", "bodies"}, {"Key", "k"}, {"UploadId", id}, {"PartNumber", int(parts.size() + 1)}, {"Body", bytes}});
    parts.push_back(Value::Map{{"PartNumber", int(parts.size() + 1)}, {"ETag", part.at("ETag").str()}});
  }
  must("CompleteMultipartUpload",
       {{"Bucket", "bodies"}, {"Key", "k"}, {"UploadId", id}, {"MultipartUpload", Value::Map{{"Parts", parts}}}});
  EXPECT_EQ(get("k"), whole);
  check_ranges("k", whole);
  const std::uint64_t seam = std::uint64_t{5} << 20;
  EXPECT_EQ(get_range("k", seam - 1, seam), whole.substr(seam - 1, 2));

  // A range of it becomes a part of another object, which outlives the first.
  const std::string other =
      must("CreateMultipartUpload", {{"Bucket", "bodies"}, {"Key", "other"}}).at("UploadId").str();
  Value copied = must("UploadPartCopy", {{"Bucket", "bodies"},
                                         {"Key", "other"},
                                         {"UploadId", other},
                                         {"PartNumber", 1},
                                         {"CopySource", "bodies/k"},
                                         {"CopySourceRange", fmt::format("bytes={}-{}", seam - 1000, seam + 70'000)}});
  Value::List one{Value::Map{{"PartNumber", 1}, {"ETag", copied.at("CopyPartResult").at("ETag").str()}}};
  must("CompleteMultipartUpload",
       {{"Bucket", "bodies"}, {"Key", "other"}, {"UploadId", other}, {"MultipartUpload", Value::Map{{"Parts", one}}}});
  must("DeleteObject", {{"Bucket", "bodies"}, {"Key", "k"}});
  cloud.advance(kernel::Millis(60'000));
  EXPECT_EQ(get("other"), whole.substr(seam - 1000, 71'001));
  check_ranges("other", whole.substr(seam - 1000, 71'001));

  must("DeleteObject", {{"Bucket", "bodies"}, {"Key", "other"}});
  cloud.advance(kernel::Millis(60'000));
  EXPECT_EQ(cloud.count_rows("s3.pieces"), 0u);
  EXPECT_EQ(cloud.count_rows("s3.blobs"), 0u);
  EXPECT_EQ(cloud.count_rows("s3.dead_blobs"), 0u);
  auto collected = cloud.cloud().collect_blobs([] { return false; });
  ASSERT_TRUE(collected);
  EXPECT_EQ(collected->kept + collected->removed, 0u) << "files were left behind";
}

TEST_F(Bodies, ThatAreRefusedLeaveNothing) {
  auto refused =
      cloud.call("s3", "PutObject",
                 Value::Map{{"Bucket", "bodies"}, {"Key", "k"}, {"Body", noise(100'000)}, {"IfMatch", "\"x\""}});
  EXPECT_FALSE(refused);
  refused = cloud.call(
      "s3", "PutObject",
      Value::Map{
          {"Bucket", "bodies"}, {"Key", "k"}, {"Body", noise(100'000)}, {"ContentMD5", "XUFAKrxLKna5cZ2REBfFkg=="}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "BadDigest");
  auto collected = cloud.cloud().collect_blobs([] { return false; });
  ASSERT_TRUE(collected);
  EXPECT_EQ(collected->kept + collected->removed, 0u) << "files were left behind";
}

TEST_F(Bodies, WhoseFileIsGoneAreNotAnsweredAsEmpty) {
  put("k", noise(100'000));
  std::string blob;
  cloud.cloud().store().begin({}).scan(kBlobs, "", [&](std::string_view id, const BlobRow&) { blob = id; });
  ASSERT_TRUE(cloud.cloud().store().blobs().remove(blob));
  auto answer = cloud.call("s3", "GetObject", Value::Map{{"Bucket", "bodies"}, {"Key", "k"}});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "InternalError");
}

TEST_F(Bodies, SurviveACollectionAndWhatACrashLeftDoesNot) {
  std::string bytes = noise(100'000);
  put("k", bytes);
  {
    auto writer = cloud.cloud().store().blobs().create("b-left-by-a-crash");
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->append("bytes"));
    ASSERT_TRUE((*writer)->finish());
  }
  auto collected = cloud.cloud().collect_blobs([] { return false; });
  ASSERT_TRUE(collected);
  EXPECT_EQ(collected->kept, 1u);
  EXPECT_EQ(collected->removed, 1u);
  EXPECT_EQ(get("k"), bytes);
}

TEST_F(Bodies, AreReadToTheirEndWhenTheirObjectGoesMeanwhile) {
  std::string bytes = noise(300'000);
  put("k", bytes);
  put("k", bytes);  // the first one's blob is dead now, and stays until it is buried
  EXPECT_EQ(cloud.count_rows("s3.dead_blobs"), 1u);
  EXPECT_EQ(get("k"), bytes);
  cloud.advance(kernel::Millis(60'000));
  EXPECT_EQ(cloud.count_rows("s3.dead_blobs"), 0u);
  EXPECT_EQ(get("k"), bytes);
}

}  // namespace
}  // namespace s3
