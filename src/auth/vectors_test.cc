// Runs Amazon's test suite for Signature Version 4 as botocore keeps it, from a checkout of botocore's repository
// (which is not part of this one): VIRGA_BOTOCORE_SOURCE names its folder. Skipped without.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "auth/sign.h"
#include "auth/sigv4.h"
#include "base/bytes.h"
#include "base/strings.h"
#include "base/time_text.h"

namespace auth {
namespace {

constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
constexpr std::string_view kNow = "20150830T123600Z";

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  std::erase(text, '\r');
  return text;
}

// A request as the suite writes it: spaces may stand in the path, header values may go on in the next line.
struct VectorRequest {
  std::string method, path, query, body;
  std::vector<std::pair<std::string, std::string>> fields;
  std::vector<Header> headers;

  explicit VectorRequest(std::string_view text) {
    auto blank = text.find("\n\n");
    if (blank != std::string_view::npos) body = text.substr(blank + 2);
    auto lines = base::split(text.substr(0, blank), '\n');
    std::string_view target = lines[0].substr(lines[0].find(' ') + 1);
    target = target.substr(0, target.rfind(" HTTP/"));
    method = lines[0].substr(0, lines[0].find(' '));
    path = target.substr(0, target.find('?'));
    if (auto mark = target.find('?'); mark != std::string_view::npos) query = target.substr(mark + 1);
    for (std::string_view line : std::span(lines).subspan(1)) {
      if (line.starts_with(' '))
        fields.back().second += line;
      else if (auto colon = line.find(':'); colon != std::string_view::npos)
        fields.emplace_back(line.substr(0, colon), line.substr(colon + 1));
    }
    for (const auto& [name, value] : fields) headers.push_back({name, value});
  }

  SignedRequest view() const { return {method, path, query, headers}; }
};

void run_vector(const std::filesystem::path& folder) {
  auto file = [&](const char* extension) { return read_text(folder / (folder.filename().string() + extension)); };
  VectorRequest request(file(".req"));
  // The token of temporary credentials stands only in the signed form of the request.
  VectorRequest signed_request(file(".sreq"));
  for (const Header& header : signed_request.headers)
    if (base::equal_ignoring_case(header.name, "x-amz-security-token") &&
        file(".req").find(header.value) == std::string::npos)
      request.headers.push_back(header);
  std::string authorization = file(".authz");
  request.headers.push_back({"Authorization", authorization});
  auto parsed = parse_authorization(request.view(), ErrorStyle::kOther);
  ASSERT_TRUE(parsed) << parsed.error().message;
  ASSERT_TRUE(*parsed);
  const Signature& signature = **parsed;
  std::string hash = base::to_hex(base::sha256(request.body));
  std::string canonical = canonical_request(signature, request.view(), hash);
  EXPECT_EQ(canonical, file(".creq"));
  EXPECT_EQ(string_to_sign(signature, canonical), file(".sts"));
  std::int64_t now_ms = *base::parse_basic_time(kNow);
  auto outcome = verify(signature, request.view(), kSecret, now_ms, hash, ErrorStyle::kOther);
  EXPECT_TRUE(outcome) << outcome.error().message;
  EXPECT_FALSE(verify(signature, request.view(), "another secret", now_ms, hash, ErrorStyle::kOther));
}

TEST(SigV4Vectors, AllPass) {
  const char* source = std::getenv("VIRGA_BOTOCORE_SOURCE");
  if (!source) GTEST_SKIP() << "VIRGA_BOTOCORE_SOURCE is not set to a checkout of botocore";
  int count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(std::filesystem::path(source) /
                                                                         "tests/unit/auth/aws4_testsuite")) {
    if (!entry.is_directory() || !std::filesystem::exists(entry.path() / (entry.path().filename().string() + ".authz")))
      continue;
    SCOPED_TRACE(entry.path().filename().string());
    run_vector(entry.path());
    ++count;
  }
  EXPECT_GE(count, 28);
}

}  // namespace
}  // namespace auth
