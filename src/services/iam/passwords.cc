// Login profiles: users' passwords.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords.html
#include "base/passwords.h"

#include "base/random.h"
#include "services/iam/evidence.h"

namespace iam {

namespace {

constexpr int kSaltCharacters = 22;
constexpr std::size_t kOlderPasswordsMax = 23;  // "the previous 24 passwords", the present one among them

// Calls of a root without UserName are about the root's own password: "for privileged tasks on a member account".
bool is_about_root(const Call& call, In in) {
  return !in.has("UserName") && call.caller.type == kernel::Principal::Type::kRoot;
}

std::unexpected<base::Error> no_profile(std::string_view user_name) {
  return error("NoSuchEntity", fmt::format("Login Profile for User {} cannot be found.", user_name));
}

base::Result<LoginProfile> find_profile(const Call& call, const User& user) {
  auto profile = call.tx.get(kLoginProfiles, user.id);
  if (!profile) return no_profile(user.name);
  return *std::move(profile);
}

void set_password(Call& call, std::string_view password, LoginProfile& profile) {
  if (!profile.password_hash.empty())
    profile.older_hashes.insert(profile.older_hashes.begin(), std::move(profile.password_hash));
  if (profile.older_hashes.size() > kOlderPasswordsMax) profile.older_hashes.resize(kOlderPasswordsMax);
  profile.password_hash = base::hash_password(password, call.random_text(kSaltCharacters, base::kDigitsAndLetters));
  profile.changed_ms = now_seconds_ms(call);
}

// Whether it is among the last `count` passwords, the present one included.
bool was_used(const LoginProfile& profile, std::string_view password, std::int64_t count) {
  if (count == 0) return false;
  if (base::is_password_of(password, profile.password_hash)) return true;
  auto older = std::span(profile.older_hashes);
  older = older.first(std::min(older.size(), static_cast<std::size_t>(count - 1)));
  return std::ranges::any_of(older, [&](const std::string& hash) { return base::is_password_of(password, hash); });
}

Out show_profile(std::string_view user_name, const LoginProfile& profile) {
  return Out{{"LoginProfile", Out{{"UserName", user_name},
                                  {"CreateDate", profile.created_ms},
                                  {"PasswordResetRequired", profile.must_reset}}}};
}

// The root may have a password again. There is nothing to type it into, so it is remembered that there is one.
base::Result<Out> create_root_profile(Call& call) {
  AccountSettings settings = account_settings(call);
  if (!settings.root_has_no_password)
    return error("EntityAlreadyExists", "Login Profile for user root already exists.");
  settings.root_has_no_password = false;
  put_account_settings(call, settings);
  return show_profile("root", {.password_hash = {}, .created_ms = now_seconds_ms(call)});
}

}  // namespace

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html
base::Result<Out> CreateLoginProfile(Call& call, In in) {
  if (is_about_root(call, in)) return create_root_profile(call);
  const User user = TRY(find_user_or_caller(call, in));
  if (call.tx.has(kLoginProfiles, user.id))
    return error("EntityAlreadyExists", fmt::format("Login Profile for user {} already exists.", user.name));
  if (!in.has("Password"))
    return error("ValidationError",
                 "1 validation error detected: Value null at 'password' failed to satisfy constraint: Member must not "
                 "be null");
  TRY_VOID(check_password(call, in.str("Password")));
  LoginProfile profile{
      .password_hash = {}, .created_ms = now_seconds_ms(call), .must_reset = in.flag("PasswordResetRequired")};
  set_password(call, in.str("Password"), profile);
  call.tx.put(kLoginProfiles, user.id, profile);
  return show_profile(user.name, profile);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetLoginProfile.html
base::Result<Out> GetLoginProfile(Call& call, In in) {
  if (is_about_root(call, in)) {
    if (account_settings(call).root_has_no_password) return no_profile("root");
    // LIMIT: accounts do not know when they were made, so their root's password is as old as time.
    return show_profile("root", {});
  }
  const User user = TRY(find_user_or_caller(call, in));
  return show_profile(user.name, TRY(find_profile(call, user)));
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateLoginProfile.html
base::Result<Out> UpdateLoginProfile(Call& call, In in) {
  const User user = TRY(find_user(call, in.str("UserName")));
  LoginProfile profile = TRY(find_profile(call, user));
  if (in.has("Password")) {
    TRY_VOID(check_password(call, in.str("Password")));
    set_password(call, in.str("Password"), profile);
  }
  if (in.has("PasswordResetRequired")) profile.must_reset = in.flag("PasswordResetRequired");
  call.tx.put(kLoginProfiles, user.id, profile);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteLoginProfile.html
base::Result<Out> DeleteLoginProfile(Call& call, In in) {
  if (is_about_root(call, in)) {
    AccountSettings settings = account_settings(call);
    if (settings.root_has_no_password) return no_profile("root");
    settings.root_has_no_password = true;
    put_account_settings(call, settings);
    return Out{};
  }
  const User user = TRY(find_user_or_caller(call, in));
  TRY(find_profile(call, user));
  call.tx.erase(kLoginProfiles, user.id);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ChangePassword.html
base::Result<Out> ChangePassword(Call& call, In in) {
  auto entity = call.caller.type == kernel::Principal::Type::kUser ? get_entity(call, call.caller.user_id)
                                                                   : std::optional<Entity>();
  if (!entity) return error("InvalidUserType", "Only IAM Users can change their own password");
  const User user = TRY(find_user(call, entity->name));
  LoginProfile profile = TRY(find_profile(call, user));
  if (!base::is_password_of(in.str("OldPassword"), profile.password_hash))
    return error("AccessDenied", "The old password was incorrect.");
  const std::string& password = in.str("NewPassword");
  TRY_VOID(check_password(call, password));
  auto policy = get_password_policy(call);
  if (policy && was_used(profile, password, policy->reuse_prevention))
    return error("PasswordPolicyViolation",
                 "Policy constraint violation with password reuse prevention during password change.");
  set_password(call, password, profile);
  profile.must_reset = false;
  call.tx.put(kLoginProfiles, user.id, profile);
  return Out{};
}

}  // namespace iam
