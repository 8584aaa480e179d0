// Credentials of users for one service: Git over HTTPS for CodeCommit, Amazon Keyspaces, API keys of Amazon Bedrock.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_service-specific-creds.html
#include "base/bytes.h"
#include "base/random.h"
#include "services/iam/evidence.h"

namespace iam {

namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr int kPasswordBytes = 32;

// How the credentials of a service look. API keys have an alias and a secret, and end; the others a name and a
// password.
struct CredentialService {
  std::string_view name;
  bool has_api_keys = false;
  std::string_view secret_prefix = {};
};
constexpr CredentialService kCredentialServices[] = {
    {"bedrock.amazonaws.com", true, "ABSK"},
    {"cassandra.amazonaws.com"},
    {"codecommit.amazonaws.com"},
};

const CredentialService* get_service(std::string_view name) {
  auto found = std::ranges::find(kCredentialServices, name, &CredentialService::name);
  return found == std::end(kCredentialServices) ? nullptr : found;
}

std::unexpected<base::Error> not_supported(std::string_view name) {
  return error("ServiceNotSupportedException", fmt::format("The specified service {} is not supported.", name));
}

base::Result<ServiceCredential> find_service_credential(const Call& call, const User& user, std::string_view id) {
  auto credential = call.tx.get(kServiceCredentials, store::key(user.id, id));
  if (!credential)
    return error("NoSuchEntity", fmt::format("The service-specific credential with id {} cannot be found.", id));
  return *std::move(credential);
}

std::string_view show_credential_status(const Call& call, const ServiceCredential& credential) {
  if (credential.expires_ms != 0 && credential.expires_ms <= call.now_ms()) return "Expired";
  return status_word(credential.is_active);
}

Out show_service_credential(const Call& call, const User& user, const ServiceCredential& credential) {
  const CredentialService* service = get_service(credential.service);
  Out shown{{"UserName", user.name},
            {"ServiceSpecificCredentialId", credential.id},
            {"ServiceName", credential.service},
            {"Status", show_credential_status(call, credential)},
            {"CreateDate", credential.created_ms}};
  const bool has_api_keys = service && service->has_api_keys;
  if (has_api_keys) {
    shown.set("ServiceCredentialAlias", credential.name);
  } else {
    shown.set("ServiceUserName", credential.name);
  }
  if (credential.expires_ms != 0) shown.set("ExpirationDate", credential.expires_ms);
  return shown;
}

// A new secret: shown now and never again.
Out renew_secret(Call& call, const User& user, ServiceCredential& credential) {
  const CredentialService& service = *get_service(credential.service);
  std::string secret = call.random_text(kPasswordBytes, base::kDigitsAndLetters);
  if (service.has_api_keys) {
    secret = std::string(service.secret_prefix) + base::to_base64(credential.name + ":" + secret);
  } else {
    secret = base::to_base64(secret);
  }
  credential.secret_sha256 = base::sha256(secret);
  Out shown = show_service_credential(call, user, credential);
  if (service.has_api_keys) {
    shown.set("ServiceCredentialSecret", secret);
  } else {
    shown.set("ServicePassword", secret);
  }
  return Out{{"ServiceSpecificCredential", shown}};
}

// "alice-at-111122223333"; a further one of the same user has "+1" behind the name.
std::string credential_name(const Call& call, const User& user, const CredentialService& service, std::size_t count) {
  if (service.has_api_keys) return fmt::format("BedrockAPIKey-{}", count == 0 ? "1" : std::to_string(count + 1));
  const std::string further = count == 0 ? "" : fmt::format("+{}", count);
  return fmt::format("{}{}-at-{}", user.name, further, call.place.account);
}

}  // namespace

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceSpecificCredential.html
base::Result<Out> CreateServiceSpecificCredential(Call& call, In in) {
  const User user = TRY(find_user(call, in.str("UserName")));
  const CredentialService* service = get_service(in.str("ServiceName"));
  if (!service) return not_supported(in.str("ServiceName"));
  if (in.has("CredentialAgeDays") && !service->has_api_keys)
    return error("ValidationError",
                 fmt::format("CredentialAgeDays is not supported for the service {}.", service->name));
  std::size_t count = 0;
  std::set<std::string> names;
  call.tx.scan(kServiceCredentials, store::key(user.id), [&](std::string_view, ServiceCredential& other) {
    if (other.service != service->name) return;
    ++count;
    names.insert(other.name);
  });
  TRY_VOID(check_quota(call, kServiceCredentialsPerUserMax, "ServiceSpecificCredentialsPerUser", count));
  std::size_t number = 0;
  while (names.contains(credential_name(call, user, *service, number))) ++number;
  ServiceCredential credential{.id = new_entity_id(call, "ACCA"),
                               .service = std::string(service->name),
                               .name = credential_name(call, user, *service, number),
                               .secret_sha256 = {},
                               .created_ms = now_seconds_ms(call)};
  if (in.has("CredentialAgeDays")) credential.expires_ms = credential.created_ms + in.num("CredentialAgeDays") * kDayMs;
  Out answer = renew_secret(call, user, credential);
  call.tx.put(kServiceCredentials, store::key(user.id, credential.id), credential);
  return answer;
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResetServiceSpecificCredential.html
base::Result<Out> ResetServiceSpecificCredential(Call& call, In in) {
  const User user = TRY(find_user_or_caller(call, in));
  ServiceCredential credential = TRY(find_service_credential(call, user, in.str("ServiceSpecificCredentialId")));
  Out answer = renew_secret(call, user, credential);
  call.tx.put(kServiceCredentials, store::key(user.id, credential.id), credential);
  return answer;
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServiceSpecificCredentials.html
base::Result<Out> ListServiceSpecificCredentials(Call& call, In in) {
  if (in.has("ServiceName") && !get_service(in.str("ServiceName"))) return not_supported(in.str("ServiceName"));
  std::optional<User> one;
  if (!in.flag("AllUsers")) one = TRY(find_user_or_caller(call, in));
  Listing listing = TRY(Listing::begin(in));
  auto list = [&](const User& user) {
    call.tx.scan(kServiceCredentials, store::key(user.id), [&](std::string_view key, ServiceCredential& credential) {
      if (in.has("ServiceName") && credential.service != in.str("ServiceName")) return true;
      if (listing.wants(one ? std::string(key) : store::key(name_key(user.name), key)))
        listing.add(show_service_credential(call, user, credential));
      return !listing.is_full();
    });
  };
  if (one) {
    list(*one);
  } else {
    call.tx.scan(kUsers, "", [&](std::string_view, User& user) {
      list(user);
      return !listing.is_full();
    });
  }
  return listing.answer("ServiceSpecificCredentials");
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateServiceSpecificCredential.html
base::Result<Out> UpdateServiceSpecificCredential(Call& call, In in) {
  const User user = TRY(find_user_or_caller(call, in));
  ServiceCredential credential = TRY(find_service_credential(call, user, in.str("ServiceSpecificCredentialId")));
  credential.is_active = TRY(read_status(in));
  call.tx.put(kServiceCredentials, store::key(user.id, credential.id), credential);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceSpecificCredential.html
base::Result<Out> DeleteServiceSpecificCredential(Call& call, In in) {
  const User user = TRY(find_user_or_caller(call, in));
  const ServiceCredential credential = TRY(find_service_credential(call, user, in.str("ServiceSpecificCredentialId")));
  call.tx.erase(kServiceCredentials, store::key(user.id, credential.id));
  return Out{};
}

}  // namespace iam
