// Encoded authorization messages: what a refusal was about, readable only through DecodeAuthorizationMessage.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
#include "base/bytes.h"
#include "base/seal.h"
#include "kernel/authorization.h"
#include "kernel/cloud.h"

namespace kernel {

namespace {

struct SealingKeyRow {
  std::string key;  // 32 bytes

  static void fields(auto& self, auto& field) { field("key", self.key); }
};

// Key: "".
constexpr store::Table<SealingKeyRow> kSealingKey{"kernel.sealing_key", store::Scope::kGlobal};

// A refused call writes nothing, so the key is made in a transaction of its own, once.
std::string ensure_sealing_key(Cloud& cloud) {
  while (true) {
    store::Transaction tx = cloud.store().begin({});
    if (auto row = tx.get(kSealingKey, "")) return row->key;
    std::string key = base::random_bytes(cloud.dice(), base::kSealKeyBytes);
    tx.put(kSealingKey, "", {key});
    auto committed = cloud.store().commit(tx);
    // A broken store refuses every later commit as well; what is sealed now nobody will open.
    if (committed || committed.error().code != "Conflict") return key;
  }
}

}  // namespace

std::string encode_authorization_message(Call& call, std::string_view text) {
  Cloud& cloud = call.cloud();
  std::string nonce = base::random_bytes(cloud.dice(), base::kSealNonceBytes);
  return base::to_base64url(base::seal(ensure_sealing_key(cloud), nonce, text));
}

Result<std::string> decode_authorization_message(Call& call, std::string_view message) {
  auto sealed = base::from_base64url(message);
  auto row = call.tx.at({}).get(kSealingKey, "");
  auto text = sealed && row ? base::unseal(row->key, *sealed) : std::nullopt;
  if (!text) return base::fail("InvalidAuthorizationMessageException", "Message is not valid.");
  return *std::move(text);
}

}  // namespace kernel
