// What passwords of an account's users must be like.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
#include "services/iam/evidence.h"

namespace iam {

namespace {

constexpr std::string_view kPolicyKey = "account";
constexpr std::string_view kSymbols = "!@#$%^&*()_+-=[]{}|'";
constexpr std::int64_t kCharactersMinDefault = 8;  // where an account has no policy

// What a password is made of.
struct Characters {
  bool has_upper_case = false, has_lower_case = false, has_number = false, has_symbol = false;
};

Characters characters_of(std::string_view password) {
  Characters found;
  for (char c : password) {
    found.has_upper_case |= c >= 'A' && c <= 'Z';
    found.has_lower_case |= c >= 'a' && c <= 'z';
    found.has_number |= c >= '0' && c <= '9';
    found.has_symbol |= kSymbols.contains(c);
  }
  return found;
}

base::Result<void> check_length(std::string_view password, std::int64_t characters_min) {
  if (std::ssize(password) >= characters_min) return {};
  return error("PasswordPolicyViolation", fmt::format("Password should have a minimum length of {}", characters_min));
}

}  // namespace

base::Result<void> check_password(const Call& call, std::string_view password) {
  const Characters has = characters_of(password);
  auto policy = call.tx.get(kPasswordPolicies, kPolicyKey);
  if (!policy) {
    TRY_VOID(check_length(password, kCharactersMinDefault));
    // "Minimum of three of the following mix of character types: uppercase, lowercase, numbers, and
    // non-alphanumeric characters"
    if (has.has_upper_case + has.has_lower_case + has.has_number + has.has_symbol >= 3) return {};
    return error("PasswordPolicyViolation", "Password does not conform to the account password policy.");
  }
  TRY_VOID(check_length(password, policy->characters_min));
  if (policy->requires_upper_case && !has.has_upper_case)
    return error("PasswordPolicyViolation", "Password should have at least one uppercase letter");
  if (policy->requires_lower_case && !has.has_lower_case)
    return error("PasswordPolicyViolation", "Password should have at least one lowercase letter");
  if (policy->requires_numbers && !has.has_number)
    return error("PasswordPolicyViolation", "Password should have at least one number");
  if (policy->requires_symbols && !has.has_symbol)
    return error("PasswordPolicyViolation",
                 "Password should have at least one of the following symbols: ! @ # $ % ^ & * ( ) _ + - = [ ] { } | '");
  return {};
}

std::optional<PasswordPolicy> get_password_policy(const Call& call) {
  return call.tx.get(kPasswordPolicies, kPolicyKey);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html
base::Result<Out> UpdateAccountPasswordPolicy(Call& call, In in) {
  // "This operation does not support partial updates. […] If you do not specify a parameter, its default value is
  // used."
  PasswordPolicy policy;
  policy.characters_min = in.num("MinimumPasswordLength", policy.characters_min);
  policy.requires_symbols = in.flag("RequireSymbols");
  policy.requires_numbers = in.flag("RequireNumbers");
  policy.requires_upper_case = in.flag("RequireUppercaseCharacters");
  policy.requires_lower_case = in.flag("RequireLowercaseCharacters");
  policy.allows_change = in.flag("AllowUsersToChangePassword");
  policy.age_days_max = in.num("MaxPasswordAge", 0);
  policy.reuse_prevention = in.num("PasswordReusePrevention", 0);
  if (in.has("HardExpiry")) policy.is_expiry_hard = in.flag("HardExpiry") ? 1 : 0;
  call.tx.put(kPasswordPolicies, kPolicyKey, policy);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountPasswordPolicy.html
base::Result<Out> GetAccountPasswordPolicy(Call& call, In) {
  auto policy = get_password_policy(call);
  if (!policy)
    return error("NoSuchEntity",
                 fmt::format("The Password Policy with domain name {} cannot be found.", call.place.account));
  Out shown{{"MinimumPasswordLength", policy->characters_min},
            {"RequireSymbols", policy->requires_symbols},
            {"RequireNumbers", policy->requires_numbers},
            {"RequireUppercaseCharacters", policy->requires_upper_case},
            {"RequireLowercaseCharacters", policy->requires_lower_case},
            {"AllowUsersToChangePassword", policy->allows_change},
            {"ExpirePasswords", policy->age_days_max != 0}};
  if (policy->age_days_max != 0) shown.set("MaxPasswordAge", policy->age_days_max);
  if (policy->reuse_prevention != 0) shown.set("PasswordReusePrevention", policy->reuse_prevention);
  if (policy->is_expiry_hard >= 0) shown.set("HardExpiry", policy->is_expiry_hard == 1);
  return Out{{"PasswordPolicy", shown}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccountPasswordPolicy.html
base::Result<Out> DeleteAccountPasswordPolicy(Call& call, In) {
  if (!get_password_policy(call))
    return error("NoSuchEntity", "The account policy with name PasswordPolicy cannot be found.");
  call.tx.erase(kPasswordPolicies, kPolicyKey);
  return Out{};
}

}  // namespace iam
