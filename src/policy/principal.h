#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/document.h"
#include "policy/evaluate.h"

// The Principal and NotPrincipal elements:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
namespace policy {

struct PrincipalEntry {
  enum class Type { kAnyone, kAccount, kArn, kUniqueId, kService, kFederated, kCanonicalUser };
  Type type = Type::kAnyone;
  std::string value;    // the account's 12 digits for kAccount
  std::string written;  // in the document
};

// How closely an element names a subject: what else must allow depends on it.
enum class Naming {
  kNone,
  kAccount,  // the account is trusted to decide by its own policies
  kRole,     // the role of a session; the user behind a federated session
  kUser,     // a user, by ARN or id
  kDirect,   // the session itself, everyone, a service, a provider
};

class Principals {
 public:
  // Errors, in AWS's words: "Invalid principal in policy: …".
  static Result<Principals> compile(const Node& element);

  Naming naming_of(const Subject& subject) const;
  // Whether NotPrincipal, with these, spares the subject from a Deny: its account, its role and itself must all be
  // listed, as they are all principals of its requests.
  bool spares(const Subject& subject) const;
  const std::vector<PrincipalEntry>& entries() const { return entries_; }
  bool is_anyone_only() const { return entries_.size() == 1 && entries_[0].type == PrincipalEntry::Type::kAnyone; }

 private:
  bool lists(PrincipalEntry::Type type, std::string_view value) const;
  bool lists_arn(std::string_view arn) const { return lists(PrincipalEntry::Type::kArn, arn); }

  std::vector<PrincipalEntry> entries_;
};

// The account of "arn:aws:iam::111122223333:user/alice" or of an account id; empty for others.
std::string_view account_of_principal(std::string_view principal);

}  // namespace policy
