#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/ssm/state.h"
#include "store/key.h"

// A parameter at work: what the operations are made of. Each part says in which file it is written.
namespace ssm {

using base::Result;
using base::Value;
using kernel::Place;

inline constexpr std::string_view kStandard = "Standard";
inline constexpr std::string_view kAdvanced = "Advanced";
inline constexpr std::string_view kIntelligent = "Intelligent-Tiering";
inline constexpr std::string_view kSecure = "SecureString";
// Parameters of this name are the secrets of Secrets Manager.
inline constexpr std::string_view kReferencePrefix = "/aws/reference/secretsmanager/";
inline constexpr std::size_t kTagsMax = 50;  // of a parameter

// https://docs.aws.amazon.com/general/latest/gr/ssm.html#limits_ssm
inline constexpr kernel::Limit kStandardMax{"ssm", "L-9C35DE36", 10'000};
inline constexpr kernel::Limit kAdvancedMax{"ssm", "advanced-parameters", 100'000};

// A parameter as an operation has found it.
struct OpenParameter {
  store::Transaction tx;  // stands where the parameter does
  Place place;
  std::string key;  // in kParameters
  Parameter row;

  std::string arn() const;
};

// What a name in a request says: "/db/password", "/db/password:3", "/db/password:live", or an ARN of the same.
struct ParameterName {
  Place place;
  std::string name;      // without the selector
  std::string selector;  // ":3"; empty: none

  std::string key() const;
};

// --- names.cc
std::string key_of(std::string_view name);
std::string arn_of(const Place& place, std::string_view name);
ParameterName read_name(Call& call, std::string_view text);
// Errors: ValidationException, AccessDeniedException, HierarchyLevelLimitExceededException.
Result<void> check_new_name(const std::string& name);
// Whether a text is made of what names and paths are made of.
bool is_path(std::string_view text);

// --- access.cc
std::string resource_of(Call& call, std::string_view operation, const Value& input);
std::string policy_for(Call& call, std::string_view arn);
void each_policy(Call& call, const Place& place, const kernel::VisitResource& visit);
kernel::Tags tags_of(Call& call, std::string_view arn);
bool find_key(Call& call, std::string_view key, policy::Values& values);

// --- get.cc
std::optional<OpenParameter> get_parameter(Call& call, const ParameterName& name);
// Errors: ParameterNotFound. For operations that take no selector and no ARN.
Result<OpenParameter> find_parameter(Call& call, const std::string& name);
std::optional<Version> get_version(const OpenParameter& parameter, std::int64_t number);
enum class Decrypt { kNo, kYes };
Result<Value> show_parameter(Call& call, const OpenParameter& parameter, const Version& version, Decrypt decrypt);

// --- secure.cc: values of SecureString parameters, sealed by KMS
// Errors: InvalidKeyId, AccessDeniedException.
Result<std::string> seal_value(Call& call, const std::string& arn, const Version& version, const std::string& text);
Result<std::string> open_value(Call& call, const std::string& arn, const Version& version);

// --- policies.cc: what parameter policies do
// Reads the policies of a request. Errors: InvalidPolicyTypeException, InvalidPolicyAttributeException,
// IncompatiblePolicyException, PoliciesLimitExceededException.
Result<std::vector<ParameterPolicy>> read_policies(Call& call, const std::string& text);
// Policies that stay as the parameter changes: the time without a change begins anew.
std::vector<ParameterPolicy> renew_policies(Call& call, std::vector<ParameterPolicy> policies);
void arm_policies(Call& call, const OpenParameter& parameter);
Value show_policies(const Version& version);
Result<void> act_on_policies(Call& call, std::string_view key);
inline constexpr kernel::Timer kPolicyDue{"ssm.policy_due", act_on_policies};

// --- filters.cc
enum class FilterUse { kDescribe, kPath };
// Errors: InvalidFilterKey, InvalidFilterOption, InvalidFilterValue, ValidationException.
Result<void> check_filters(const Value::List& filters, FilterUse use);
bool matches(const OpenParameter& parameter, const Value::List& filters);

// --- delete.cc
void erase(Call& call, const OpenParameter& parameter);
void announce(Call& call, const OpenParameter& parameter, std::string_view operation);

// --- settings.cc
std::string setting(Call& call, std::string_view id);
inline constexpr std::string_view kDefaultTierSetting = "/ssm/parameter-store/default-parameter-tier";

// --- public_parameters.cc: /aws/service/…
// Parameters that AWS keeps for everybody, as rows that exist while they are looked at.
std::optional<Parameter> get_public_parameter(Call& call, std::string_view name);
std::vector<Parameter> public_parameters_under(Call& call, std::string_view path);

}  // namespace ssm
