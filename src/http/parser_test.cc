#include "http/parser.h"

#include <gtest/gtest.h>

#include <string>

namespace http {
namespace {

struct Parsed {
  Progress progress = Progress::kMore;
  int status = 0;
  Request request;
  Framing framing;
  std::size_t used = 0;
};

Parsed parse(std::string_view bytes, std::size_t step = 1 << 20, HeadLimits limits = {}) {
  Parsed parsed;
  HeadParser parser(limits);
  for (std::size_t seen = std::min(step, bytes.size());; seen = std::min(seen + step, bytes.size())) {
    parsed.progress = parser.feed(bytes.substr(0, seen), parsed.request);
    if (parsed.progress != Progress::kMore || seen == bytes.size()) break;
  }
  parsed.framing = parser.framing();
  parsed.used = parser.head_bytes();
  parsed.status = parser.refusal().status;
  return parsed;
}

// The status a head with these fields is refused with; 0 where it is taken.
int status_of(std::string_view fields, std::string_view line = "POST / HTTP/1.1") {
  std::string head = std::string(line) + "\r\nHost: h\r\n" + std::string(fields) + "\r\n";
  Parsed whole = parse(head);
  Parsed dripped = parse(head, 1);
  EXPECT_EQ(whole.progress, dripped.progress) << head;
  EXPECT_EQ(whole.status, dripped.status) << head;
  EXPECT_NE(whole.progress, Progress::kMore) << head;
  return whole.status;
}

TEST(HeadParser, ReadsRequestLineAndFields) {
  std::string head =
      "POST /a%20b?x=1&y HTTP/1.1\r\nHost: h\r\nX-Empty:\r\nX-Amz-Target: \t AmazonSQS.SendMessage \r\n\r\n";
  for (std::size_t step : {1, 3, 1000}) {
    Parsed parsed = parse(head + "body", step);
    ASSERT_EQ(parsed.progress, Progress::kDone);
    EXPECT_EQ(parsed.used, head.size());
    EXPECT_EQ(parsed.request.method, "POST");
    EXPECT_EQ(parsed.request.target, "/a%20b?x=1&y");
    EXPECT_EQ(parsed.request.path(), "/a%20b");
    EXPECT_EQ(parsed.request.query(), "x=1&y");
    EXPECT_EQ(parsed.request.headers.size(), 3U);
    EXPECT_EQ(parsed.request.headers.get("x-amz-target"), "AmazonSQS.SendMessage");
    EXPECT_EQ(parsed.request.headers.get("x-empty"), "");
    EXPECT_FALSE(parsed.request.headers.has("x-other"));
    EXPECT_TRUE(parsed.framing.keep_alive);
    EXPECT_FALSE(parsed.framing.has_body());
  }
}

TEST(HeadParser, TakesAbsoluteTargetsApart) {
  Parsed parsed = parse("GET http://q.localhost:4566/p?q HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(parsed.request.path(), "/p");
  EXPECT_EQ(parsed.request.query(), "q");
  parsed = parse("GET http://localhost?q HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(parsed.request.path(), "/");
  EXPECT_EQ(parsed.request.query(), "q");
}

TEST(HeadParser, IgnoresEmptyLinesBeforeTheRequest) {
  EXPECT_EQ(parse("\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n").progress, Progress::kDone);
}

TEST(HeadParser, KnowsWhetherTheConnectionStays) {
  EXPECT_TRUE(parse("GET / HTTP/1.1\r\nHost: h\r\n\r\n").framing.keep_alive);
  EXPECT_FALSE(parse("GET / HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n").framing.keep_alive);
  EXPECT_FALSE(parse("GET / HTTP/1.0\r\n\r\n").framing.keep_alive);
  EXPECT_TRUE(parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").framing.keep_alive);
  EXPECT_FALSE(
      parse("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nConnection: keep-alive\r\n\r\n").framing.keep_alive);
}

TEST(HeadParser, RefusesWhatTwoReadersCouldReadDifferently) {
  EXPECT_EQ(status_of("Content-Length: 5\r\n"), 0);
  EXPECT_EQ(status_of("Content-Length: 5\r\nContent-Length: 5\r\n"), 0);
  EXPECT_EQ(status_of("Content-Length: 5\r\nContent-Length: 6\r\n"), 400);
  EXPECT_EQ(status_of("Content-Length: 5, 5\r\n"), 400);
  EXPECT_EQ(status_of("Content-Length: +5\r\n"), 400);
  EXPECT_EQ(status_of("Content-Length: -5\r\n"), 400);
  EXPECT_EQ(status_of("Content-Length: 0x5\r\n"), 400);
  EXPECT_EQ(status_of("Content-Length:\r\n"), 400);
  EXPECT_EQ(status_of("Content-Length: 99999999999999999999\r\n"), 400);
  EXPECT_EQ(status_of("Transfer-Encoding: chunked\r\n"), 0);
  EXPECT_EQ(status_of("Transfer-Encoding: Chunked\r\n"), 0);
  EXPECT_EQ(status_of("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400);
  EXPECT_EQ(status_of("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400);
  EXPECT_EQ(status_of("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400);
  EXPECT_EQ(status_of("Transfer-Encoding: chunked, identity\r\n"), 400);
  EXPECT_EQ(status_of("Transfer-Encoding: gzip, chunked\r\n"), 501);
  EXPECT_EQ(status_of("Transfer-Encoding: xchunked\r\n"), 501);
  EXPECT_EQ(status_of("Transfer-Encoding: identity\r\n"), 501);
  EXPECT_EQ(status_of("Transfer-Encoding:\r\n"), 501);
  EXPECT_EQ(status_of("Transfer-Encoding : chunked\r\n"), 400);
  EXPECT_EQ(status_of("Transfer-Encoding: chunked\r\n", "POST / HTTP/1.0"), 400);
  EXPECT_EQ(status_of("X: a\r\n folded\r\n"), 400);
  EXPECT_EQ(status_of("X: a\n"), 400);
  EXPECT_EQ(status_of("X: a\rb\r\n"), 400);
  EXPECT_EQ(status_of(std::string_view("X: a\0b\r\n", 8)), 400);
  EXPECT_EQ(status_of("X: 12345678\x7f\r\n"), 400);
  EXPECT_EQ(status_of("X: 1234567\t8 \xc3\xa9\r\n"), 0);
  EXPECT_EQ(status_of(": a\r\n"), 400);
  EXPECT_EQ(status_of("X\r\n"), 400);
  EXPECT_EQ(status_of("Host: other\r\n"), 400);
  EXPECT_EQ(status_of("Expect: 100-Continue\r\n"), 0);
  EXPECT_EQ(status_of("Expect: something\r\n"), 0);
  EXPECT_EQ(status_of("Expect: \r\n"), 0);
}

TEST(HeadParser, RefusesRequestLinesNotOfTheForm) {
  EXPECT_EQ(status_of("", "GET /"), 400);
  EXPECT_EQ(status_of("", "GET  HTTP/1.1"), 400);
  EXPECT_EQ(status_of("", "GET / b HTTP/1.1"), 400);
  EXPECT_EQ(status_of("", "GET /\x01 HTTP/1.1"), 400);
  EXPECT_EQ(status_of("", "GET / http/1.1"), 400);
  EXPECT_EQ(status_of("", "GET / HTTP/1.1 "), 400);
  EXPECT_EQ(status_of("", "GET / HTTP/1.12"), 400);
  EXPECT_EQ(status_of("", " GET / HTTP/1.1"), 400);
  EXPECT_EQ(status_of("", "G(T / HTTP/1.1"), 400);
  EXPECT_EQ(status_of("", "CONNECT host:80 HTTP/1.1"), 400);
  EXPECT_EQ(status_of("", "GET / HTTP/2.0"), 505);
  EXPECT_EQ(status_of("", "OPTIONS * HTTP/1.1"), 0);
  EXPECT_EQ(status_of("", "GET / HTTP/1.7"), 0);
  EXPECT_EQ(parse("GET / HTTP/1.1\r\n\r\n").status, 400) << "no Host";
}

TEST(HeadParser, KeepsToItsLimits) {
  HeadLimits limits{.request_line_bytes = 50, .head_bytes = 100, .field_count = 3};
  auto line_of = [](std::size_t bytes) { return "GET /" + std::string(bytes - 16, 'a') + " HTTP/1.1\r\n"; };
  for (std::size_t step : {1, 1000}) {
    EXPECT_EQ(parse(line_of(50) + "Host: h\r\n\r\n", step, limits).progress, Progress::kDone);
    EXPECT_EQ(parse(line_of(51) + "Host: h\r\n\r\n", step, limits).status, 414);
    EXPECT_EQ(parse(std::string(51, 'a'), step, limits).status, 414);
    std::string head = line_of(50) + "Host: h\r\nX: ";
    EXPECT_EQ(parse(head + std::string(100 - head.size() - 4, 'x') + "\r\n\r\n", step, limits).progress,
              Progress::kDone);
    EXPECT_EQ(parse(head + std::string(101 - head.size() - 4, 'x') + "\r\n\r\n", step, limits).status, 431);
    EXPECT_EQ(parse(head + std::string(101, 'x'), step, limits).status, 431);
    EXPECT_EQ(parse("GET / HTTP/1.1\r\nHost: h\r\na:\r\nb:\r\n\r\n", step, limits).progress, Progress::kDone);
    EXPECT_EQ(parse("GET / HTTP/1.1\r\nHost: h\r\na:\r\nb:\r\nc:\r\n\r\n", step, limits).status, 431);
  }
}

struct Unchunked {
  Progress progress = Progress::kMore;
  std::string data;
  Headers trailers;
  std::size_t used = 0;
};

Unchunked unchunk(std::string_view bytes, std::size_t step) {
  Unchunked result;
  ChunkedReader reader;
  while (result.progress == Progress::kMore && result.used < bytes.size()) {
    ChunkedReader::Step got = reader.step(bytes.substr(result.used, step), result.trailers);
    result.used += got.used;
    result.data += got.data;
    result.progress = got.progress;
  }
  return result;
}

TEST(ChunkedReader, JoinsChunksAndKeepsTrailers) {
  std::string body = "5\r\nhello\r\n00A;name=\"v\"\r\n, world...\r\n0\r\nx-amz-checksum-crc32: AAAA\r\n\r\n";
  for (std::size_t step : {1, 2, 5, 1000}) {
    Unchunked result = unchunk(body + "GET", step);
    EXPECT_EQ(result.progress, Progress::kDone);
    EXPECT_EQ(result.data, "hello, world...");
    EXPECT_EQ(result.used, body.size());
    EXPECT_EQ(result.trailers.get("X-Amz-Checksum-Crc32"), "AAAA");
  }
}

TEST(ChunkedReader, RefusesWhatIsNotOfTheForm) {
  for (std::string_view body : {"\r\n", "g\r\n", "5 5\r\n", "-1\r\n", "0x5\r\n", "1000000000000000\r\n", "5\nhello",
                                "5\r\nhello!\r\n", "5\r\nhello\n", "0\r\n folded\r\n\r\n", "0\r\nx\n\r\n", " 5\r\n"}) {
    EXPECT_EQ(unchunk(body, 1).progress, Progress::kBad) << body;
    EXPECT_EQ(unchunk(body, 1000).progress, Progress::kBad) << body;
  }
  EXPECT_EQ(unchunk(std::string(9000, '1'), 1000).progress, Progress::kBad);
}

TEST(Headers, ReplacesAndRemoves) {
  Headers headers;
  headers.add("A", "1");
  headers.add("b", "2");
  headers.add("a", "3");
  headers.set("a", "4");
  EXPECT_EQ(headers.size(), 2U);
  EXPECT_EQ(headers.get("A"), "4");
  headers.remove("B");
  EXPECT_FALSE(headers.has("b"));
  headers.add("C", "x\r\nSet-Cookie: y");
  EXPECT_EQ(headers.get("c"), "x  Set-Cookie: y");
}

}  // namespace
}  // namespace http
