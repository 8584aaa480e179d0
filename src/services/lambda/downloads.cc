#include "services/lambda/downloads.h"

#include "base/bytes.h"
#include "kernel/cloud.h"
#include "services/lambda/code.h"
#include "services/lambda/functions.h"

namespace lambda {

namespace {

constexpr std::int64_t kLinkMs = 600'000;  // "The presigned URL … is valid for 10 minutes."
constexpr std::string_view kLinkPurpose = "lambda.download";

// What a link carries, sealed.
struct Link {
  std::string code;
  std::int64_t ends_ms = 0;
  std::string key;  // of code under a customer's KMS key: whoever made the link could open it

  static void fields(auto& self, auto& field) {
    field("code", self.code);
    field("ends_ms", self.ends_ms);
    field("key", self.key);
  }
};

std::string write_link(Call& call, const Link& link) {
  kernel::Cloud& cloud = call.cloud();
  return call.request.base_url + std::string(kDownloadPath) +
         base::to_base64url(cloud.vault().seal(cloud.dice(), store::encode_row(link), kLinkPurpose));
}

std::unexpected<base::Error> refuse_link(const char* why) { return base::fail("AccessDenied", why); }

}  // namespace

Result<std::string> code_location(Call& call, const OpenFunction& function, const Version& version) {
  if (version.code.empty()) return "file://" + version.code_folder;
  Link link{.code = version.code, .ends_ms = call.now_ms() + kLinkMs, .key = {}};
  if (!version.code_kms_key.empty())
    link.key = TRY(open_code_key(call, version.code, function.arn(), call.as_caller(kServicePrincipal)));
  return write_link(call, link);
}

Result<std::string> layer_location(Call& call, const std::string& code) {
  return write_link(call, {.code = code, .ends_ms = call.now_ms() + kLinkMs, .key = {}});
}

Result<std::string> download(Call& call, std::string_view token) {
  auto sealed = base::from_base64url(token);
  auto opened = sealed ? call.cloud().vault().open(*sealed, kLinkPurpose) : std::nullopt;
  Link link;
  if (!opened || !store::decode_row(*opened, link)) return refuse_link("The link is not one that was answered.");
  if (link.ends_ms <= call.now_ms()) return refuse_link("Request has expired");
  if (!call.tx.has(kCode, link.code)) return refuse_link("The code is not there any more.");
  if (link.key.empty()) link.key = TRY(open_code_key(call, link.code, "", call.as_caller(kServicePrincipal)));
  return TRY(code_reader_with(call, link.code, std::move(link.key)))();
}

}  // namespace lambda
