// SSH public keys of users, for CodeCommit.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_ssh-keys.html
#include "aws/ssh_keys.h"

#include "services/iam/evidence.h"

namespace iam {

namespace {

constexpr int kRsaBitsMin = 2'048;

base::Result<SshKey> find_ssh_key(const Call& call, const User& user, std::string_view id) {
  auto key = call.tx.get(kSshKeys, store::key(user.id, id));
  if (!key) return error("NoSuchEntity", fmt::format("The Public Key with id {} cannot be found.", id));
  return *std::move(key);
}

Out show_ssh_key(const User& user, const SshKey& key) {
  return Out{{"UserName", user.name},
             {"SSHPublicKeyId", key.id},
             {"Status", status_word(key.is_active)},
             {"UploadDate", key.uploaded_ms}};
}

Out show_whole_key(const User& user, const SshKey& key, std::string_view encoding) {
  const aws::SshPublicKey read{.blob = key.blob};
  Out shown = show_ssh_key(user, key);
  shown.set("Fingerprint", read.fingerprint());
  shown.set("SSHPublicKeyBody", encoding == "PEM" ? read.pem_text() : read.ssh_text());
  return Out{{"SSHPublicKey", shown}};
}

}  // namespace

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSSHPublicKey.html
base::Result<Out> UploadSSHPublicKey(Call& call, In in) {
  const User user = TRY(find_user(call, in.str("UserName")));
  const std::string& body = in.str("SSHPublicKeyBody");
  if (!aws::looks_like_ssh_public_key(body))
    return error("UnrecognizedPublicKeyEncoding", "The public key encoding format is unsupported or unrecognized.");
  auto read = aws::parse_ssh_public_key(body);
  // "The minimum bit-length of the public key is 2048 bits."
  if (!read || read->bits < kRsaBitsMin)
    return error("InvalidPublicKey", "The public key is malformed or otherwise invalid.");
  std::size_t count = 0;
  bool is_known = false;
  call.tx.scan(kSshKeys, store::key(user.id), [&](std::string_view, SshKey& other) {
    ++count;
    is_known |= other.blob == read->blob;
  });
  if (is_known)
    return error("DuplicateSSHPublicKey", "The SSH public key is already associated with the specified IAM user.");
  TRY_VOID(check_quota(call, kSshKeysPerUserMax, "SSHPublicKeysPerUser", count));
  const SshKey key{
      .id = new_entity_id(call, "APKA"), .blob = std::move(read->blob), .uploaded_ms = now_seconds_ms(call)};
  call.tx.put(kSshKeys, store::key(user.id, key.id), key);
  return show_whole_key(user, key, body.starts_with("-----BEGIN") ? "PEM" : "SSH");
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetSSHPublicKey.html
base::Result<Out> GetSSHPublicKey(Call& call, In in) {
  const User user = TRY(find_user(call, in.str("UserName")));
  return show_whole_key(user, TRY(find_ssh_key(call, user, in.str("SSHPublicKeyId"))), in.str("Encoding"));
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSSHPublicKeys.html
base::Result<Out> ListSSHPublicKeys(Call& call, In in) {
  const User user = TRY(find_user_or_caller(call, in));
  Listing listing = TRY(Listing::begin(in));
  call.tx.scan(kSshKeys, store::key(user.id), [&](std::string_view key, SshKey& row) {
    if (listing.wants(key)) listing.add(show_ssh_key(user, row));
    return !listing.is_full();
  });
  return listing.answer("SSHPublicKeys");
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateSSHPublicKey.html
base::Result<Out> UpdateSSHPublicKey(Call& call, In in) {
  const User user = TRY(find_user(call, in.str("UserName")));
  SshKey key = TRY(find_ssh_key(call, user, in.str("SSHPublicKeyId")));
  key.is_active = TRY(read_status(in));
  call.tx.put(kSshKeys, store::key(user.id, key.id), key);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteSSHPublicKey.html
base::Result<Out> DeleteSSHPublicKey(Call& call, In in) {
  const User user = TRY(find_user(call, in.str("UserName")));
  const SshKey key = TRY(find_ssh_key(call, user, in.str("SSHPublicKeyId")));
  call.tx.erase(kSshKeys, store::key(user.id, key.id));
  return Out{};
}

}  // namespace iam
