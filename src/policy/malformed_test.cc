// What is refused and with which message: malformed.txt says what its lines mean.
#include <gtest/gtest.h>

#include <fstream>

#include "policy/test_support.h"

namespace policy {
namespace {

// IAM.19, IAM.20, IAM.32, IAM.35
TEST(Malformed, IsRefusedInTheWordsOfAws) {
  const std::map<std::string, Kind> kinds = {{"managed", Kind::kManaged},    {"identity", Kind::kIdentity},
                                             {"trust", Kind::kTrust},        {"resource", Kind::kResource},
                                             {"scp", Kind::kServiceControl}, {"rcp", Kind::kResourceControl},
                                             {"endpoint", Kind::kEndpoint}};
  std::ifstream file(VIRGA_POLICY_TESTS "/malformed.txt");
  ASSERT_TRUE(file);
  std::string kind, message;
  int number = 0, refused = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    std::size_t bracket = line.find("] ");
    if (line[0] == '[' && bracket != std::string::npos) {
      kind = line.substr(1, bracket - 1);
      message = line.substr(bracket + 2);
      continue;
    }
    auto policy = compile(line[0] == '+' ? document_of_statement(line.substr(1)) : line, kinds.at(kind));
    EXPECT_EQ(policy ? "OK" : policy.error().message, message) << "malformed.txt:" << number << ": " << line;
    if (!policy) {
      EXPECT_EQ(policy.error().code, "MalformedPolicyDocument");
    }
    refused += !policy;
  }
  EXPECT_GE(refused, 100);
}

TEST(Malformed, IsWhatIsNestedTooDeeply) {
  std::string deep(100'000, '[');
  EXPECT_FALSE(compile(deep, Kind::kIdentity));
  EXPECT_FALSE(compile(document_of_statement(deep), Kind::kIdentity));
}

TEST(Size, DoesNotCountWhiteSpaceOutsideTexts) {
  EXPECT_EQ(size_without_whitespace(" { \"a b\" :\n\t1 } "), std::string_view("{\"a b\":1}").size());
  EXPECT_EQ(size_without_whitespace(R"({"a\" b": " "})"), std::string_view(R"({"a\" b":" "})").size());
  EXPECT_EQ(size_without_whitespace("\"\u00e9\""), 3u);
  EXPECT_EQ(size_without_whitespace("\"\\"), 2u);
}

TEST(Cache, RemembersByTextAndKindAndForgetsWhatIsUnused) {
  Cache cache;
  std::string document = document_of_statement(R"({"Effect":"Allow","Action":"sqs:*","Resource":"*"})");
  PolicyPtr first = *cache.compile(document, Kind::kIdentity);
  EXPECT_EQ(*cache.compile(document, Kind::kIdentity), first);
  EXPECT_NE(*cache.compile(document, Kind::kBoundary), first);
  EXPECT_FALSE(cache.compile(document, Kind::kResource));
  std::weak_ptr<const Policy> watched = first;
  first.reset();
  for (int i = 0; i < 10'000; ++i) {
    std::string other = document_of_statement(R"({"Effect":"Allow","Action":"sqs:*","Resource":"arn:aws:sqs:*:*:)" +
                                              std::to_string(i) + "\"}");
    ASSERT_TRUE(cache.compile(other, Kind::kIdentity));
  }
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace policy
