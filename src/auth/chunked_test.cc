#include "auth/chunked.h"

#include <gtest/gtest.h>

#include "auth/sign.h"
#include "base/bytes.h"
#include "base/strings.h"

namespace auth {
namespace {

Signature seed(std::string_view payload_hash) {
  return {.access_key_id = "AKIDEXAMPLE",
          .date = "20130524",
          .region = "us-east-1",
          .service = "s3",
          .signature = std::string(64, 'a'),
          .timestamp = "20130524T000000Z",
          .payload_hash = std::string(payload_hash)};
}

struct Decoded {
  std::string outcome = "ok";  // or the code of the error
  std::string data;
  Trailers trailers;
};

Decoded decode(std::string_view text, ChunkedDecoder::Options options, std::size_t piece = std::string::npos) {
  ChunkedDecoder decoder(std::move(options));
  Decoded decoded;
  auto take = [&](std::string_view data) -> base::Result<void> {
    decoded.data += data;
    return {};
  };
  base::Result<void> outcome;
  while (!text.empty() && outcome) {
    outcome = decoder.feed(text.substr(0, piece), take);
    text.remove_prefix(std::min(piece, text.size()));
  }
  if (outcome) outcome = decoder.finish();
  if (!outcome) decoded.outcome = outcome.error().code;
  decoded.trailers = decoder.trailers();
  return decoded;
}

// The example in the S3 documentation, "Signature calculations for the Authorization header: transferring payload in
// chunks".
TEST(Chunked, TheExampleOfTheDocumentation) {
  constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  Signature signature = seed(kStreamingSigned);
  signature.signature = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
  std::string text = "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" +
                     std::string(65536, 'a') +
                     "\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" +
                     std::string(1024, 'a') +
                     "\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n";
  EXPECT_EQ(encode_chunked(std::string(66560, 'a'), 65536, signature, kSecret), text);
  for (std::size_t piece : {std::string::npos, std::size_t{1}, std::size_t{1000}}) {
    Decoded decoded = decode(text, {.signer = StreamSigner(signature, kSecret), .decoded_length = 66560}, piece);
    EXPECT_EQ(decoded.outcome, "ok");
    EXPECT_EQ(decoded.data, std::string(66560, 'a'));
  }
}

TEST(Chunked, SignedChunksNoticeEachChange) {
  Signature signature = seed(kStreamingSignedTrailer);
  Trailers trailers = {{"x-amz-checksum-crc32c", "sOO8/Q=="}};
  std::string text = encode_chunked(std::string(20000, 'x') + "end", 10000, signature, "secret", trailers);
  auto outcome = [&](std::string_view changed) {
    return decode(changed, {.signer = StreamSigner(signature, "secret"), .announced = {"x-amz-checksum-crc32c"}})
        .outcome;
  };
  EXPECT_EQ(outcome(text), "ok");
  EXPECT_EQ(decode(text, {.signer = StreamSigner(signature, "secret")}).trailers, trailers);
  for (std::size_t at = 0; at < text.size(); at += at % 10000 < 200 ? 1 : 97) {
    std::string changed = text;
    changed[at] ^= 1;
    if (changed[at] == '\r' || text[at] == '\r') continue;  // a bare line feed ends a line too
    EXPECT_NE(outcome(changed), "ok") << at;
  }
  for (std::size_t size : {text.size() - 3, text.size() / 2, std::size_t{1}})
    EXPECT_EQ(outcome(text.substr(0, size)), "IncompleteBody") << size;
  EXPECT_EQ(decode(text, {.signer = StreamSigner(signature, "other")}).outcome, "SignatureDoesNotMatch");
  std::string unsigned_text = encode_chunked("data", 10000, seed(kStreamingUnsignedTrailer), "");
  EXPECT_EQ(outcome(unsigned_text), "SignatureDoesNotMatch");
}

TEST(Chunked, TrailersMustBeSignedWhereChunksAre) {
  Signature signature = seed(kStreamingSignedTrailer);
  std::string text = encode_chunked("data", 10000, signature, "secret", {{"x-amz-checksum-crc32", "AAAAAA=="}});
  auto at = text.find("x-amz-trailer-signature");
  text.erase(at, text.find("\r\n", at) + 2 - at);
  EXPECT_EQ(decode(text, {.signer = StreamSigner(signature, "secret")}).outcome, "SignatureDoesNotMatch");
}

TEST(Chunked, UnsignedChunksWithTrailers) {
  std::string text = "5\r\nhello\r\n0\r\nX-Amz-Checksum-CRC32: NhCmhg== \r\n\r\n";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    Decoded decoded = decode(text, {.decoded_length = 5, .announced = {"x-amz-checksum-crc32"}}, piece);
    EXPECT_EQ(decoded.outcome, "ok");
    EXPECT_EQ(decoded.data, "hello");
    EXPECT_EQ(decoded.trailers, (Trailers{{"x-amz-checksum-crc32", "NhCmhg=="}}));
  }
  EXPECT_EQ(decode("0\r\n\r\n", {.decoded_length = 0}).outcome, "ok");
  EXPECT_EQ(decode("0\r\n", {}).outcome, "ok");
  EXPECT_EQ(decode("0\r\n\r\n", {.announced = {"x-amz-checksum-crc32"}}).outcome, "MalformedTrailerError");
  EXPECT_EQ(decode("0\r\nnonsense\r\n\r\n", {}).outcome, "MalformedTrailerError");
  EXPECT_EQ(decode("0\r\n:x\r\n\r\n", {}).outcome, "MalformedTrailerError");
}

TEST(Chunked, RefusesOtherLengthsThanAnnounced) {
  for (std::int64_t length : {4, 6})
    EXPECT_EQ(decode("5\r\nhello\r\n0\r\n\r\n", {.decoded_length = length}).outcome, "IncompleteBody");
  EXPECT_EQ(decode("5\r\nhello\r\n0\r\n\r\nmore", {.decoded_length = 5}).outcome, "IncompleteBody");
}

TEST(Chunked, RefusesWhatIsMalformed) {
  for (std::string_view text : {"", "\r\n", "x\r\n", "-1\r\n", "5", "5\r\n", "5\r\nhel", "5\r\nhello",
                                "5\r\nhelloo\r\n0\r\n\r\n", "5\r\nhello\r\n", "ffffffffffffffff\r\n",
                                "7fffffffffffffff\r\n", "fffffffffffffffff\r\n", "0x5\r\nhello\r\n0\r\n\r\n"})
    EXPECT_EQ(decode(text, {}).outcome, "IncompleteBody") << text;
  EXPECT_EQ(decode("5;" + std::string(10'000, 'x'), {}).outcome, "IncompleteBody");
  EXPECT_EQ(decode("5;" + std::string(10'000, 'x'), {}, 100).outcome, "IncompleteBody");
  std::string many = "0\r\n";
  for (int i = 0; i < 1000; ++i) many += "name-of-a-trailer: value\r\n";
  EXPECT_EQ(decode(many, {}).outcome, "MalformedTrailerError");
}

TEST(Chunked, OnlyTheLastChunkMayBeSmall) {
  auto text = [](std::size_t first) {
    return encode_chunked(std::string(first, 'x') + "y", first, seed(kStreamingUnsignedTrailer), "");
  };
  EXPECT_EQ(decode(text(8192), {}).outcome, "ok");
  EXPECT_EQ(decode(text(8191), {}).outcome, "InvalidChunkSizeError");
  EXPECT_EQ(decode(text(10), {.chunk_bytes_min = 0}).outcome, "ok");
}

TEST(Chunked, StopsWhereTheTakerDoes) {
  ChunkedDecoder decoder({});
  auto outcome = decoder.feed("5\r\nhello\r\n0\r\n\r\n",
                              [](std::string_view) -> base::Result<void> { return base::fail("DiskFull", ""); });
  EXPECT_EQ(outcome.error().code, "DiskFull");
}

TEST(StreamSigner, EventsFormAChain) {
  Signature signature = seed(kStreamingEvents);
  StreamSigner one(signature, "secret"), same(signature, "secret"), other(signature, "other");
  std::string first = one.sign_event(1'369'353'600'000, "headers", "payload");
  EXPECT_EQ(same.sign_event(1'369'353'600'000, "headers", "payload"), first);
  EXPECT_NE(other.sign_event(1'369'353'600'000, "headers", "payload"), first);
  EXPECT_NE(one.sign_event(1'369'353'600'000, "headers", "payload"), first);
}

}  // namespace
}  // namespace auth
