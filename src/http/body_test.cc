// Bodies that are not gathered in memory, in both directions.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "http/test_server.h"
#include "http/tls.h"

namespace http {
namespace {

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

struct CountingSink : BodySink {
  std::size_t bytes = 0;
  std::size_t resident_most = 0;
  bool has_ended = false;
  std::size_t fail_at = SIZE_MAX;
  std::function<void()> on_destroyed = [] {};

  ~CountingSink() override { on_destroyed(); }
  base::Result<void> on_data(std::string_view data) override {
    if (bytes / (8 << 20) != (bytes + data.size()) / (8 << 20))
      resident_most = std::max(resident_most, resident_bytes());
    bytes += data.size();
    if (bytes > fail_at) return base::fail("Full", "There is no room.");
    return {};
  }
  base::Result<void> on_end() override {
    has_ended = true;
    return {};
  }
};

void answer_with_count(std::shared_ptr<Exchange> exchange) {
  auto* sink = static_cast<CountingSink*>(exchange->sink());
  if (exchange->body_error() != nullptr) return exchange->respond(text_response(exchange->body_error()->message, 507));
  EXPECT_TRUE(sink->has_ended);
  exchange->respond(text_response(std::to_string(sink->bytes)));
}

TEST(StreamedBody, OfAnySizeStaysOutOfMemory) {
  TestHandler handler;
  std::atomic<std::size_t> most = 0;
  handler.headers = [](Exchange& exchange) { exchange.stream_body(std::make_unique<CountingSink>()); };
  handler.request = [&](std::shared_ptr<Exchange> exchange) {
    most = static_cast<CountingSink*>(exchange->sink())->resident_most;
    EXPECT_TRUE(exchange->request().body.empty());
    answer_with_count(std::move(exchange));
  };
  TestServer server(handler);
  Client client = server.connect();
  std::string piece(1 << 20, 'x');
  constexpr int kPieces = 200;
  EXPECT_TRUE(client.get("/warm"));
  std::size_t before = resident_bytes();
  ASSERT_TRUE(client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(kPieces * piece.size()) +
                          "\r\n\r\n"));
  for (int count = 0; count < kPieces; ++count) ASSERT_TRUE(client.send(piece));
  EXPECT_EQ(client.receive()->body, std::to_string(kPieces * piece.size()));
  EXPECT_LT(most, before + (16 << 20));
  ASSERT_TRUE(client.send("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"));
  for (int count = 0; count < 20; ++count) ASSERT_TRUE(client.send("100000\r\n" + piece + "\r\n"));
  ASSERT_TRUE(client.send("0\r\n\r\n"));
  EXPECT_EQ(client.receive()->body, std::to_string(20 * piece.size()));
}

TEST(StreamedBody, ThatTheSinkRefusesIsAnsweredAtOnce) {
  TestHandler handler;
  handler.headers = [](Exchange& exchange) {
    auto sink = std::make_unique<CountingSink>();
    sink->fail_at = 10;
    exchange.stream_body(std::move(sink));
  };
  handler.request = answer_with_count;
  TestServer server(handler);
  Client client = server.connect();
  ASSERT_TRUE(client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n"));
  ASSERT_TRUE(client.send(std::string(3'000'000, 'x')));
  auto answer = client.receive();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 507);
  EXPECT_EQ(answer->body, "There is no room.");
  EXPECT_EQ(answer->headers.get("Connection"), "close");
}

TEST(StreamedBody, CutOffByTheClientEndsTheSink) {
  TestHandler handler;
  std::promise<void> destroyed;
  std::atomic<bool> has_begun = false;
  handler.headers = [&](Exchange& exchange) {
    auto sink = std::make_unique<CountingSink>();
    sink->on_destroyed = [&] { destroyed.set_value(); };
    exchange.stream_body(std::move(sink));
    has_begun = true;
  };
  handler.request = [](std::shared_ptr<Exchange>) { FAIL() << "the request was never whole"; };
  TestServer server(handler);
  {
    Client client = server.connect();
    ASSERT_TRUE(client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nabc"));
  }
  destroyed.get_future().wait();
  EXPECT_TRUE(has_begun);
}

// Gives `count` numbers, some later than asked for.
class NumberSource : public BodySource {
 public:
  NumberSource(Loop& loop, int count, std::optional<std::uint64_t> length)
      : loop_(loop), count_(count), length_(length) {}

  std::optional<std::uint64_t> length() const override { return length_; }
  void on_start(std::function<void()> resume) override { resume_ = std::move(resume); }
  Next next(std::string& out) override {
    EXPECT_TRUE(out.empty());
    if (is_waiting_) return Next::kLater;
    if (next_ == count_) return Next::kEnd;
    if (next_ < 0) return Next::kFail;
    out = std::to_string(next_++) + ",";
    if (next_ % 3 != 0) return Next::kData;
    is_waiting_ = true;
    loop_.post([this] {
      is_waiting_ = false;
      resume_();
    });
    return Next::kLater;
  }

 private:
  Loop& loop_;
  int next_ = 0;
  int count_;
  std::optional<std::uint64_t> length_;
  bool is_waiting_ = false;
  std::function<void()> resume_;
};

TEST(SourceBody, IsChunkedUnlessItsLengthIsKnown) {
  TestHandler handler;
  handler.request = [](std::shared_ptr<Exchange> exchange) {
    std::optional<std::uint64_t> length;
    if (exchange->request().path() == "/known") length = 20;
    if (exchange->request().path() == "/wrong") length = 21;
    exchange->respond({.body = std::make_unique<NumberSource>(exchange->loop(), 10, length)});
  };
  TestServer server(handler);
  Client client = server.connect();
  auto answer = client.get("/unknown");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->headers.get("Transfer-Encoding"), "chunked");
  EXPECT_EQ(answer->body, "0,1,2,3,4,5,6,7,8,9,");
  answer = client.get("/known");
  EXPECT_EQ(answer->headers.get("Content-Length"), "20");
  EXPECT_EQ(answer->body, "0,1,2,3,4,5,6,7,8,9,");
  ASSERT_TRUE(client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(client.receive(Client::AnswerTo::kHead)->status, 200);
  ASSERT_TRUE(client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET /known HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(client.receive()->body, "0,1,2,3,4,5,6,7,8,9,");
  EXPECT_EQ(client.receive()->body, "0,1,2,3,4,5,6,7,8,9,");
  EXPECT_FALSE(client.get("/wrong")) << "a length that cannot be kept cuts the connection";
  std::string bytes = server.exchange_bytes("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(bytes.ends_with("\r\n\r\n0,1,2,3,4,5,6,7,8,9,")) << bytes;
  EXPECT_EQ(bytes.find("chunked"), std::string::npos);
}

// Says nothing for ever.
struct SilentSource : BodySource {
  explicit SilentSource(std::promise<void>& destroyed) : destroyed_(destroyed) {}
  ~SilentSource() override { destroyed_.set_value(); }
  Next next(std::string& out) override {
    if (is_started_) return Next::kLater;
    is_started_ = true;
    out = "hello";
    return Next::kData;
  }
  std::promise<void>& destroyed_;
  bool is_started_ = false;
};

TEST(SourceBody, EndsWithItsClient) {
  TestHandler handler;
  std::promise<void> destroyed;
  handler.request = [&](std::shared_ptr<Exchange> exchange) {
    exchange->respond({.body = std::make_unique<SilentSource>(destroyed)});
  };
  TestServer server(handler);
  {
    Client client = server.connect();
    ASSERT_TRUE(client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    std::string bytes;
    while (bytes.find("5\r\nhello\r\n") == std::string::npos) bytes += client.receive_some().value();
  }
  destroyed.get_future().wait();
}

class FileBodies : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "virga_http_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    for (std::size_t index = 0; index < 5'000'000; ++index) content_ += static_cast<char>('a' + index * 7 % 26);
    std::ofstream(folder_ + "/file") << content_;
    handler_.request = [this](std::shared_ptr<Exchange> exchange) {
      auto file = File::open(folder_ + "/file");
      ASSERT_TRUE(file);
      EXPECT_EQ(file->size(), content_.size());
      std::uint64_t offset = exchange->request().path() == "/short" ? 4'999'999 : 1'000;
      exchange->respond({.status = 206, .body = FileRange{std::move(*file), offset, 4'000'000}});
    };
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  std::string content_;
  TestHandler handler_;
};

TEST_F(FileBodies, AreSentFromTheFile) {
  TestServer server(handler_);
  Client client = server.connect();
  std::string get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  ASSERT_TRUE(client.send(get + "HEAD" + get.substr(3) + get));
  for (auto method : {Client::AnswerTo::kOther, Client::AnswerTo::kHead, Client::AnswerTo::kOther}) {
    auto answer = client.receive(method);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->headers.get("Content-Length"), "4000000");
    bool has_body = method == Client::AnswerTo::kOther;
    EXPECT_EQ(answer->body == content_.substr(1'000, 4'000'000), has_body);
  }
  EXPECT_FALSE(client.get("/short")) << "a file that is too short cuts the connection";
  EXPECT_FALSE(File::open(folder_ + "/other"));
}

TEST_F(FileBodies, AreSentOverTls) {
  ServerOptions options;
  options.make_tls = [this] { return TlsContext::open(folder_); };
  TestServer server(handler_, options);
  Client client = server.connect({.tls = ClientOptions::Tls::kYes});
  auto answer = client.get("/");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, content_.substr(1'000, 4'000'000));
}

TEST(TextBody, LargerThanTheSocketTakesAtOnceIsSentInFull) {
  TestHandler handler;
  std::string large(20'000'000, 'x');
  handler.request = [&](std::shared_ptr<Exchange> exchange) { exchange->respond(text_response(large)); };
  TestServer server(handler);
  Client client = server.connect();
  std::string get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  ASSERT_TRUE(client.send(get + get));
  EXPECT_EQ(client.receive()->body, large);
  EXPECT_EQ(client.receive()->body, large);
}

}  // namespace
}  // namespace http
