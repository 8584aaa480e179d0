// Encoded authorization messages: what a refusal was about, readable only through DecodeAuthorizationMessage.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
#include "base/bytes.h"
#include "kernel/authorization.h"
#include "kernel/cloud.h"

namespace kernel {

namespace {

constexpr std::string_view kMessagePurpose = "kernel.authorization_message";

}  // namespace

std::string encode_authorization_message(Call& call, std::string_view text) {
  Cloud& cloud = call.cloud();
  return base::to_base64url(cloud.vault().seal(cloud.dice(), text, kMessagePurpose));
}

Result<std::string> decode_authorization_message(Call& call, std::string_view message) {
  auto sealed = base::from_base64url(message);
  auto text = sealed ? call.cloud().vault().open(*sealed, kMessagePurpose) : std::nullopt;
  if (!text) return base::fail("InvalidAuthorizationMessageException", "Message is not valid.");
  return *std::move(text);
}

}  // namespace kernel
