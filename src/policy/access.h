#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.h"

// What a policy grants, compared as sets: for CheckAccessNotGranted, CheckNoNewAccess, CheckNoPublicAccess and the
// findings of external access. All are conservative: where it cannot be shown that nothing is granted, something is.
namespace policy {

// A statement that is the reason of an answer.
struct StatementReference {
  int index = 0;    // in the document, from 0
  std::string sid;  // empty: it has none
};

// The statements of `policy` that allow any of these actions ("s3:GetObject", also with wildcards) on any of these
// resources. No actions: any action; no resources: any resource. Explicit denials without conditions take away what
// they cover. Empty: not granted.
std::vector<StatementReference> granting_statements(const Policy& policy, const std::vector<std::string>& actions,
                                                    const std::vector<std::string>& resources);

// The statements of `updated` that allow what `existing` does not. Empty: there is no new access.
std::vector<StatementReference> new_access(const Policy& existing, const Policy& updated);

// One way in for somebody outside the zone of trust.
struct ExternalGrant {
  StatementReference statement;
  bool is_public = false;
  std::string principal_type;  // "AWS", "Federated", "CanonicalUser"
  std::string principal;       // as the policy writes it: an ARN, account id, provider, "*"
  std::vector<std::string> actions;
  // Conditions that narrow the principal: key, as written, and its values joined by commas.
  std::vector<std::pair<std::string, std::string>> conditions;
};

struct ZoneOfTrust {
  std::vector<std::string> accounts;  // of the analyzer, or of the whole organization
  std::string organization_id;        // empty for an analyzer of one account
};

// The grants of a resource or trust policy to principals outside the zone. Conditions on aws:SourceAccount,
// aws:SourceArn, aws:SourceOwner, aws:PrincipalAccount, aws:PrincipalArn, aws:PrincipalOrgID, aws:SourceOrgID,
// aws:SourceVpc, aws:SourceVpce, aws:SourceIp and aws:userid keep the public out; those that bind to the zone make a
// grant internal. AWS services are no outsiders.
std::vector<ExternalGrant> external_access(const Policy& policy, const ZoneOfTrust& zone);

}  // namespace policy
