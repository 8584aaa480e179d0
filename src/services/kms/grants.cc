// Grants as things that are made, listed and taken back.
#include "services/kms/grants.h"

#include "base/arn.h"
#include "kernel/cloud.h"

namespace kms {

namespace {

// Operations a grant can allow on keys of each use:
// https://docs.aws.amazon.com/kms/latest/developerguide/grants.html#terms-grant-operations
bool can_be_granted(const OpenKey& key, std::string_view operation) {
  auto is_one_of = [&](std::initializer_list<std::string_view> operations) {
    return std::ranges::find(operations, operation) != operations.end();
  };
  if (is_one_of({"CreateGrant", "DescribeKey", "RetireGrant"})) return true;
  if (operation == "GetPublicKey") return key.spec().is_pair();
  switch (key.row.use) {
    case KeyUse::kSign: return is_one_of({"Sign", "Verify"});
    case KeyUse::kMac: return is_one_of({"GenerateMac", "VerifyMac"});
    case KeyUse::kAgree: return operation == "DeriveSharedSecret";
    case KeyUse::kEncrypt: break;
  }
  if (is_one_of({"Decrypt", "Encrypt", "ReEncryptFrom", "ReEncryptTo"})) return true;
  return key.row.is_symmetric() && operation.starts_with("GenerateDataKey");
}

struct Who {
  std::string name;
  bool is_service = false;
};

// A principal by ARN, an account by its number, or a service by its name, from whichever member says so.
base::Result<Who> read_principal(In in, model::MemberName<Model> member, model::MemberName<Model> service_member) {
  if (in.has(service_member)) {
    if (!in.has(member)) return Who{in.str(service_member), true};
    return error("ValidationException",
                 fmt::format("You cannot specify both {} and {}.", member.text, service_member.text));
  }
  const std::string& text = in.str(member);
  if (text.empty() || text.ends_with(".amazonaws.com")) return Who{text, false};
  if (base::is_account_id(text)) return Who{fmt::format("arn:aws:iam::{}:root", text), false};
  base::Arn arn = base::Arn::parse(text);
  bool is_principal = arn && (arn.service == "iam" || arn.service == "sts") && base::is_account_id(arn.account);
  if (!is_principal)
    return error("InvalidArnException", fmt::format("ARN does not refer to a valid principal: {}", text));
  return Who{text, false};
}

std::map<std::string, std::string> read_context(const Value& value) {
  std::map<std::string, std::string> context;
  for (const auto& [name, text] : value.map()) context.insert_or_assign(name, text.str());
  return context;
}

base::Result<void> read_constraints(const OpenKey& key, In in, Grant& grant) {
  const Value& constraints = in["Constraints"];
  bool has_equals = constraints.has("EncryptionContextEquals"), has_subset = constraints.has("EncryptionContextSubset");
  if (has_equals && has_subset)
    return error("ValidationException",
                 "You can specify EncryptionContextEquals or EncryptionContextSubset, but not both.");
  if ((has_equals || has_subset) && !key.row.is_symmetric())
    return error("ValidationException", "Encryption context constraints are for symmetric encryption keys only.");
  if (has_equals) grant.context_equals = read_context(constraints.at("EncryptionContextEquals"));
  if (has_subset) grant.context_subset = read_context(constraints.at("EncryptionContextSubset"));
  grant.source_arn = constraints.at("SourceArn").str();
  return {};
}

base::Result<Grant> read_grant(Call& call, const OpenKey& key, In in) {
  Who grantee = TRY(read_principal(in, "GranteePrincipal", "GranteeServicePrincipal"));
  Who retiring = TRY(read_principal(in, "RetiringPrincipal", "RetiringServicePrincipal"));
  if (grantee.name.empty())
    return error("ValidationException",
                 "1 validation error detected: Value null at 'granteePrincipal' failed to satisfy constraint: Member "
                 "must not be null");
  Grant grant{.name = in.str("Name"),
              .grantee = std::move(grantee.name),
              .retiring = std::move(retiring.name),
              .grantee_is_service = grantee.is_service,
              .retiring_is_service = retiring.is_service,
              .issuing_account = fmt::format("arn:aws:iam::{}:root", call.caller.account)};
  for (const Value& operation : in.list("Operations")) {
    if (!can_be_granted(key, operation.str()))
      return error("ValidationException",
                   fmt::format("Grant operation {} is not valid for key {} of usage {} and spec {}.", operation.str(),
                               key.arn(), use_name(key.row.use), key.row.spec));
    grant.operations.push_back(operation.str());
  }
  TRY_VOID(read_constraints(key, in, grant));
  return grant;
}

bool is_like(const Grant& one, const Grant& other) {
  return one.name == other.name && one.grantee == other.grantee && one.retiring == other.retiring &&
         one.operations == other.operations && one.context_equals == other.context_equals &&
         one.context_subset == other.context_subset && one.source_arn == other.source_arn;
}

// "When the grant name is included, the operation is idempotent for identical grants."
std::optional<std::string> find_same(const OpenKey& key, const Grant& grant) {
  std::optional<std::string> id;
  if (grant.name.empty()) return id;
  key.tx.scan(kGrants, store::key(key.row.id), [&](std::string_view, Grant& other) {
    if (is_like(grant, other)) id = other.id;
    return id ? store::Continue::kNo : store::Continue::kYes;
  });
  return id;
}

void remove(Call& call, OpenKey& key, const Grant& grant) {
  key.tx.erase(kGrants, store::key(key.row.id, grant.id));
  if (!grant.retiring.empty()) key.tx.erase(kRetirableGrants, store::key(grant.retiring, key.row.id, grant.id));
  --key.row.grants;
  write_and_tell(call, key);
}

// A key's grants are asked for by aliases never.
base::Result<Grant> find_grant(const OpenKey& key, const std::string& id) {
  auto grant = key.tx.get(kGrants, store::key(key.row.id, id));
  if (!grant) return error("NotFoundException", fmt::format("Grant ID {} not found", id));
  return *std::move(grant);
}

// "This operation can be called by the retiring principal for a grant, by the grantee principal if the grant allows the
// RetireGrant operation, and by the account in which the grant is created" - and by whom that lets.
base::Result<void> check_may_retire(Call& call, const OpenKey& key, const Grant& grant) {
  auto is_caller = [&](const std::string& principal) {
    if (principal == call.caller.arn) return true;
    return call.caller.session && !call.caller.session->role_arn.empty() && principal == call.caller.session->role_arn;
  };
  bool retires = std::ranges::find(grant.operations, "RetireGrant") != grant.operations.end();
  if (is_caller(grant.retiring) || (retires && is_caller(grant.grantee)) || is_caller(grant.issuing_account)) return {};
  return call.authorize("kms:RetireGrant", key.arn());
}

}  // namespace

Value show_grant(const OpenKey& key, const Grant& grant) {
  Out out{{"KeyId", key.arn()},
          {"GrantId", grant.id},
          {"CreationDate", grant.created_ms},
          {"IssuingAccount", grant.issuing_account}};
  if (!grant.name.empty()) out.set("Name", grant.name);
  if (grant.grantee_is_service)
    out.set("GranteeServicePrincipal", grant.grantee);
  else
    out.set("GranteePrincipal", grant.grantee);
  if (grant.retiring_is_service)
    out.set("RetiringServicePrincipal", grant.retiring);
  else if (!grant.retiring.empty())
    out.set("RetiringPrincipal", grant.retiring);
  Value::List operations(grant.operations.begin(), grant.operations.end());
  out.set("Operations", std::move(operations));
  Value constraints(Value::Map{});
  auto show = [&](std::string_view member, const std::map<std::string, std::string>& context) {
    Value::Map map;
    for (const auto& [name, text] : context) map.emplace_back(name, text);
    constraints.set(member, std::move(map));
  };
  if (grant.context_equals) show("EncryptionContextEquals", *grant.context_equals);
  if (grant.context_subset) show("EncryptionContextSubset", *grant.context_subset);
  if (!grant.source_arn.empty()) constraints.set("SourceArn", grant.source_arn);
  if (!constraints.map().empty()) out.set("Constraints", std::move(constraints));
  return out;
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html
base::Result<Out> CreateGrant(Call& call, In in) {
  OpenKey key = TRY(find_key_itself(call, in.str("KeyId")));
  TRY_VOID(check_state(call, key, For::kUse));
  Grant grant = TRY(read_grant(call, key, in));
  if (auto id = find_same(key, grant)) return Out{{"GrantId", *id}, {"GrantToken", write_token(call, key, *id)}};
  if (key.row.grants >= call.limit(kGrantsPerKeyMax))
    return error("LimitExceededException", "You have reached the limit of grants for this KMS key.");
  TRY_VOID(end_dry_run(in));
  grant.id = call.random_text(64, base::kHexDigits);
  grant.created_ms = call.now_ms();
  key.tx.put(kGrants, store::key(key.row.id, grant.id), grant);
  if (!grant.retiring.empty()) key.tx.put(kRetirableGrants, store::key(grant.retiring, key.row.id, grant.id), {});
  ++key.row.grants;
  key.write();
  return Out{{"GrantId", grant.id}, {"GrantToken", write_token(call, key, grant.id)}};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_RevokeGrant.html
base::Result<Out> RevokeGrant(Call& call, In in) {
  OpenKey key = TRY(find_key_itself(call, in.str("KeyId")));
  TRY_VOID(check_state(call, key, For::kManagement));
  Grant grant = TRY(find_grant(key, in.str("GrantId")));
  TRY_VOID(end_dry_run(in));
  remove(call, key, grant);
  return Out{};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_RetireGrant.html
base::Result<Out> RetireGrant(Call& call, In in) {
  bool has_token = in.has("GrantToken"), has_id = in.has("GrantId") && in.has("KeyId");
  if (has_token == has_id || has_token == (in.has("GrantId") || in.has("KeyId")))
    return error("ValidationException", "You must specify either a grant token, or both a key ID and a grant ID.");
  GrantPlace place;
  if (has_token) {
    place = TRY(read_token(call, in.str("GrantToken")));
  } else {
    OpenKey named = TRY(find_key_itself(call, in.str("KeyId")));
    place = {named.place, named.row.id, in.str("GrantId")};
  }
  auto key = get_key(call, place.place, place.key_id);
  if (!key)
    return error("NotFoundException", fmt::format("Key '{}' does not exist", key_arn(place.place, place.key_id)));
  TRY_VOID(check_state(call, *key, For::kManagement));
  Grant grant = TRY(find_grant(*key, place.grant_id));
  TRY_VOID(check_may_retire(call, *key, grant));
  TRY_VOID(end_dry_run(in));
  remove(call, *key, grant);
  return Out{};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_ListGrants.html
base::Result<Out> ListGrants(Call& call, In in) {
  PageRequest page = TRY(read_page(in, 50, 100));
  OpenKey key = TRY(find_key_itself(call, in.str("KeyId")));
  TRY_VOID(check_state(call, key, For::kManagement));
  auto is_wanted = [&](const Grant& grant) {
    if (in.has("GrantId") && grant.id != in.str("GrantId")) return false;
    if (in.has("GranteeServicePrincipal"))
      return grant.grantee_is_service && grant.grantee == in.str("GranteeServicePrincipal");
    return !in.has("GranteePrincipal") || grant.grantee == in.str("GranteePrincipal");
  };
  Value::List grants;
  bool is_cut = false;
  std::string last;
  key.tx.scan(kGrants, scan_of(page, store::key(key.row.id)), [&](std::string_view row_key, Grant& grant) {
    if (!is_wanted(grant)) return store::Continue::kYes;
    is_cut = grants.size() == page.limit;
    if (is_cut) return store::Continue::kNo;
    last = row_key;
    grants.push_back(show_grant(key, grant));
    return store::Continue::kYes;
  });
  Out out{{"Grants", std::move(grants)}};
  end_page(out, is_cut, last);
  return out;
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_ListRetirableGrants.html
base::Result<Out> ListRetirableGrants(Call& call, In in) {
  PageRequest page = TRY(read_page(in, 50, 100));
  Who retiring = TRY(read_principal(in, "RetiringPrincipal", "RetiringServicePrincipal"));
  if (retiring.name.empty()) return error("ValidationException", "You must specify a retiring principal.");
  Value::List grants;
  bool is_cut = false;
  std::string last;
  call.tx.scan_keys(kRetirableGrants, scan_of(page, store::key(retiring.name)), [&](std::string_view row_key) {
    store::KeyReader reader(row_key);
    reader.text();
    std::string key_id = reader.text(), grant_id = reader.text();
    auto key = get_key(call, call.place, key_id);
    auto grant = call.tx.get(kGrants, store::key(key_id, grant_id));
    if (!key || !grant) return store::Continue::kYes;
    is_cut = grants.size() == page.limit;
    if (is_cut) return store::Continue::kNo;
    last = row_key;
    grants.push_back(show_grant(*key, *grant));
    return store::Continue::kYes;
  });
  Out out{{"Grants", std::move(grants)}};
  end_page(out, is_cut, last);
  return out;
}

}  // namespace kms
