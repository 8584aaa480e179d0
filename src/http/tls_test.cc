#include "http/tls.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "http/test_server.h"

namespace http {
namespace {

class Tls : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "virga_tls_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    folder_ = name + "/made/here";
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  std::string read(const std::string& name) const {
    std::ifstream file(folder_ + "/" + name);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string root_;
  std::string folder_;
};

TEST_F(Tls, AndPlainHttpShareAPort) {
  TestHandler handler;
  handler.request = [](std::shared_ptr<Exchange> exchange) {
    exchange->respond(text_response(exchange->request().secure ? "secure" : "plain"));
  };
  int made = 0;
  ServerOptions options;
  options.make_tls = [&] {
    ++made;
    return TlsContext::open(folder_, {"*.s3.eu-west-1.localhost"});
  };
  TestServer server(handler, options);
  EXPECT_EQ(server.connect().get("/")->body, "plain");
  EXPECT_EQ(made, 0) << "only TLS connections need a certificate";
  std::string authority = TlsContext::ca_certificate_pem(folder_).value();
  for (std::string name : {"localhost", "q.localhost.localstack.cloud", "bucket.s3.eu-west-1.localhost"}) {
    Client client = server.connect({.tls = ClientOptions::Tls::kYes, .trusted_pem = authority, .server_name = name});
    EXPECT_EQ(client.get("/")->body, "secure");
    EXPECT_EQ(client.get("/")->body, "secure");
  }
  EXPECT_EQ(made, 1);
  auto stranger = Client::connect({.port = server->port(),
                                   .tls = ClientOptions::Tls::kYes,
                                   .trusted_pem = authority,
                                   .server_name = "example.com"});
  EXPECT_FALSE(stranger);
}

TEST_F(Tls, IsRefusedWhereThereIsNone) {
  TestHandler handler;
  TestServer server(handler);
  EXPECT_FALSE(Client::connect({.port = server->port(), .tls = ClientOptions::Tls::kYes}));
  EXPECT_EQ(server.connect().get("/")->status, 200);
}

TEST_F(Tls, CarriesLargeBodiesBothWays) {
  TestHandler handler;
  handler.request = [](std::shared_ptr<Exchange> exchange) {
    exchange->respond(text_response(std::move(exchange->request().body)));
  };
  ServerOptions options;
  options.make_tls = [this] { return TlsContext::open(folder_); };
  TestServer server(handler, options);
  Client client = server.connect({.tls = ClientOptions::Tls::kYes});
  Request request{.method = "POST", .target = "/", .headers = {}, .trailers = {}, .body = {}, .peer_address = {}};
  for (std::size_t index = 0; index < 3'000'000; ++index) request.body += static_cast<char>(index * 31 % 251);
  for (int round = 0; round < 2; ++round) {
    auto answer = client.call(request);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_TRUE(answer->body == request.body);
  }
}

TEST_F(Tls, FilesAreMadeOnceAndKeysArePrivate) {
  std::string authority = TlsContext::ca_certificate_pem(folder_).value();
  ASSERT_TRUE(TlsContext::open(folder_));
  EXPECT_EQ(read("authority.pem"), authority);
  std::string server = read("server.pem");
  EXPECT_FALSE(server.empty());
  for (std::string name : {"authority.key.pem", "server.key.pem"}) {
    struct stat status{};
    ASSERT_EQ(::stat((folder_ + "/" + name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
  }
  ASSERT_TRUE(TlsContext::open(folder_));
  EXPECT_EQ(read("authority.pem"), authority);
  EXPECT_EQ(read("server.pem"), server) << "still good";
  ASSERT_TRUE(TlsContext::open(folder_, {"*.sqs.eu-west-1.localhost", "192.0.2.1"}));
  EXPECT_EQ(read("authority.pem"), authority);
  std::string renamed = read("server.pem");
  EXPECT_NE(renamed, server) << "lacked a name";
  ASSERT_TRUE(TlsContext::open(folder_, {"192.0.2.1"}));
  EXPECT_EQ(read("server.pem"), renamed) << "more names than needed do no harm";
  std::filesystem::remove(folder_ + "/authority.key.pem");
  ASSERT_TRUE(TlsContext::open(folder_));
  EXPECT_NE(read("authority.pem"), authority) << "lost its key";
  EXPECT_NE(read("server.pem"), renamed) << "signed by the lost authority";
}

TEST_F(Tls, SaysWhyItCannotBeSetUp) {
  std::ofstream(root_ + "/made") << "a file where the folder should be";
  auto context = TlsContext::open(folder_);
  ASSERT_FALSE(context);
  EXPECT_EQ(context.error().code, "TlsNotReady");
}

}  // namespace
}  // namespace http
