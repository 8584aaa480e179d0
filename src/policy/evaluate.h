#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/value.h"
#include "policy/policy.h"

// The decision: may this principal do this to that? Pure: no clock, no store; all it knows is in its arguments.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
namespace policy {

// Who asks, as the Principal element knows them.
struct Subject {
  enum class Type { kRoot, kUser, kAssumedRole, kFederatedUser, kWebIdentity, kSaml, kService, kAnonymous };

  Type type = Type::kAnonymous;
  std::string account;         // empty for anonymous, web identity and SAML callers
  std::string arn;             // of the user, root, or session (arn:aws:sts::…:assumed-role/name/session)
  std::string role_arn;        // of an assumed role (with its path)
  std::string user_id;         // AIDA…, AROA…:session, the account id for root
  std::string service;         // "s3.amazonaws.com", for services
  std::string provider;        // federated: "cognito-identity.amazonaws.com", the ARN of an OIDC or SAML provider
  std::string canonical_user;  // of the account, as S3 knows it; empty when not needed
};

using Values = std::vector<std::string>;

// The values of condition keys and policy variables, asked for only when a policy names them.
class Context {
 public:
  virtual ~Context() = default;
  // `key` in lower case ("aws:sourceip", "aws:requesttag/team"). False: the request does not have the key. A key of one
  // value answers one; a key of several any number, also none.
  virtual bool find(std::string_view key, Values& values) const = 0;
};

// A policy and the name under which decisions are explained: its ARN, or "inline policy NAME of user/alice".
struct Source {
  std::string name;
  PolicyPtr policy;
};

// All that has a say. An empty member has none.
struct Policies {
  std::vector<Source> identity;
  std::optional<Source> boundary;
  std::vector<Source> session;                        // managed and inline session policies: their union
  std::vector<std::vector<Source>> service_control;   // per level, organization root first; each must allow
  std::vector<std::vector<Source>> resource_control;  // of the account that owns the resource; likewise
  std::vector<Source> endpoint;
  std::optional<Source> resource;
};

// How identity and resource policies combine inside one account.
enum class Union {
  kEither,             // as most services
  kResourceMustAllow,  // KMS keys and role trust: the resource's policy must admit the caller or its account
};

struct Question {
  const Subject& subject;
  std::string_view action;            // "sqs:SendMessage"
  std::string_view resource;          // ARN or "*"
  std::string_view resource_account;  // owner; empty: the caller's
  const Context& context;
  Union rule = Union::kEither;
};

enum class Outcome { kAllowed, kExplicitDeny, kImplicitDeny };

struct Decision {
  Outcome outcome = Outcome::kImplicitDeny;
  // What decided a refusal: the kind whose statement denies, or that should have allowed and did not. For a kTrust
  // resource policy kTrust.
  Kind kind = Kind::kIdentity;
  std::string source;  // the policy that denied or allowed; empty where silence decided
  std::string sid;     // of the statement, when it has one

  bool allowed() const { return outcome == Outcome::kAllowed; }
};

Decision decide(const Question& question, const Policies& policies);

// The same decision with its reasons, for people: for each policy and statement whether it matched, and if not which
// element did not, with the values compared:
//   {"decision": "explicitDeny", "policies": [{"kind": "identity-based", "name": "…", "statements": [{"sid": "…",
//     "effect": "Allow", "matched": false, "because": "Condition StringEquals aws:SourceVpc: …"}]}]}
base::Value explain(const Question& question, const Policies& policies);

// "User: arn:… is not authorized to perform: sqs:SendMessage on resource: arn:… because no identity-based policy allows
// the sqs:SendMessage action", as AWS words each kind of refusal.
std::string denial_message(const Question& question, const Decision& decision);

// Condition keys and variables that the policy names, in lower case: what SimulateCustomPolicy and
// GetContextKeysForCustomPolicy answer.
std::vector<std::string> context_keys_of(const Policy& policy);

}  // namespace policy
