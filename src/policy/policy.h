#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// IAM's policy language, compiled:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
namespace policy {

using base::Result;

// Where a policy stands decides which elements it must and must not have, its size limit, and what its silence means.
enum class Kind {
  kIdentity,         // of users, groups and roles, inline
  kManaged,          // a managed policy: an identity policy that must be of version 2012-10-17
  kBoundary,         // a permissions boundary
  kSession,          // given to AssumeRole* or GetFederationToken
  kResource,         // of a queue, a bucket, a key, …; has a Principal
  kTrust,            // of a role; has a Principal and no Resource
  kServiceControl,   // SCP
  kResourceControl,  // RCP
  kEndpoint,         // of a VPC endpoint
};

// A policy, immutable, ready to be asked. Shared between threads.
class Policy;
using PolicyPtr = std::shared_ptr<const Policy>;

// Errors: MalformedPolicyDocument, in AWS's words; services that call it otherwise translate the code. A kResource
// policy may lack Resource, which then is whatever it hangs on.
Result<PolicyPtr> compile(std::string_view document, Kind kind);

// Compiled policies, remembered by text: the hot way. Thread-safe; forgets those not used for long.
class Cache {
 public:
  Cache();
  ~Cache();
  // As policy::compile.
  Result<PolicyPtr> compile(std::string_view document, Kind kind);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Characters without white space outside strings: what the quotas of IAM count. A text that is no JSON counts whole.
std::size_t size_without_whitespace(std::string_view document);

// The ARNs of users and roles that it names as principals.
std::vector<std::string> named_entities(const Policy& policy);

// The document it was compiled from, as given.
std::string_view document_of(const Policy& policy);

}  // namespace policy
