// The types of policies: their limits, what AWS brings of each, and what a document of each must be.
#include "services/organizations/policy_types.h"

#include "base/json.h"
#include "policy/policy.h"
#include "services/organizations/organization.h"

namespace organizations {

namespace {

// "Service control policies: 10 per entity, 10,240 characters" since May 2026.
constexpr PolicyType kPolicyTypes[] = {
    {kServiceControl, 10'240, 10, 10'000, ""},
    {kResourceControl, 5'120, 5, 1'000, ""},
    {"TAG_POLICY", 10'000, 10, 1'000, "tags"},
    {"BACKUP_POLICY", 10'000, 10, 1'000, "plans"},
    {"AISERVICES_OPT_OUT_POLICY", 2'500, 5, 1'000, "services"},
    {"CHATBOT_POLICY", 10'000, 5, 1'000, "chatbot"},
    {"DECLARATIVE_POLICY_EC2", 10'000, 10, 1'000, "ec2_attributes"},
    {"SECURITYHUB_POLICY", 10'000, 10, 1'000, "securityhub"},
    {"SECURITYHUB_CSPM_POLICY", 10'000, 10, 1'000, ""},
    {"INSPECTOR_POLICY", 10'000, 10, 1'000, "inspector"},
    {"UPGRADE_ROLLOUT_POLICY", 10'000, 10, 1'000, "upgrade_rollout"},
    {"BEDROCK_POLICY", 10'000, 10, 1'000, "bedrock"},
    {"S3_POLICY", 10'000, 10, 1'000, "s3_attributes"},
    {"NETWORK_SECURITY_DIRECTOR_POLICY", 10'000, 10, 1'000, ""},
    {"GUARDDUTY_POLICY", 10'000, 10, 1'000, ""},
};

const Policy& full_access() {
  static const Policy policy{.id = "p-FullAWSAccess",
                             .type = std::string(kServiceControl),
                             .name = "FullAWSAccess",
                             .description = "Allows access to every operation",
                             .content = R"({
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "*",
      "Resource": "*"
    }
  ]
})",
                             .is_aws_managed = true};
  return policy;
}

const Policy& full_resource_access() {
  static const Policy policy{.id = "p-RCPFullAWSAccess",
                             .type = std::string(kResourceControl),
                             .name = "RCPFullAWSAccess",
                             .description = "Allows access to every resource",
                             .content = R"({
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": "*",
      "Action": "*",
      "Resource": "*"
    }
  ]
})",
                             .is_aws_managed = true};
  return policy;
}

std::unexpected<base::Error> malformed() {
  return error("MalformedPolicyDocumentException",
               "The provided policy document does not meet the requirements of the specified policy type.");
}

}  // namespace

const PolicyType* find_policy_type(std::string_view name) {
  auto found = std::ranges::find(kPolicyTypes, name, &PolicyType::name);
  return found == std::end(kPolicyTypes) ? nullptr : &*found;
}

bool is_authorization_type(std::string_view type) { return type == kServiceControl || type == kResourceControl; }

const Policy* default_policy_of(std::string_view type) {
  if (type == kServiceControl) return &full_access();
  if (type == kResourceControl) return &full_resource_access();
  return nullptr;
}

const Policy* find_managed_policy(std::string_view id) {
  for (const Policy* policy : {&full_access(), &full_resource_access()})
    if (policy->id == id) return policy;
  return nullptr;
}

base::Result<void> check_content(const PolicyType& type, const std::string& content) {
  const auto characters = std::ranges::count_if(content, [](char c) { return (c & 0xc0) != 0x80; });
  if (characters > type.characters_max)
    return constraint_violation("POLICY_CONTENT_LIMIT_EXCEEDED", "You have exceeded the maximum policy size.");
  if (is_authorization_type(type.name)) {
    const auto kind = type.name == kServiceControl ? policy::Kind::kServiceControl : policy::Kind::kResourceControl;
    if (!policy::compile(content, kind)) return malformed();
    return {};
  }
  auto document = base::parse_json(content);
  if (!document || !document->is_map()) return malformed();
  if (!type.top_key.empty() && (document->map().size() != 1 || !document->at(type.top_key).is_map()))
    return malformed();
  return {};
}

}  // namespace organizations
