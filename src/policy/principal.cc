#include "policy/principal.h"

#include <fmt/format.h>

#include "base/arn.h"
#include "base/strings.h"
#include "policy/pattern.h"

namespace policy {

namespace {

using EntryType = PrincipalEntry::Type;

bool is_unique_id(std::string_view text) {
  return text.size() >= 16 && (text.starts_with("AIDA") || text.starts_with("AROA")) &&
         text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == std::string_view::npos;
}

bool has_wildcard(std::string_view text) { return text.find_first_of("*?") != std::string_view::npos; }

// Fills in type and value; false where no principal is written like this.
bool parse_aws_principal(PrincipalEntry& entry) {
  std::string_view text = entry.written;
  if (text == "*") return true;
  if (has_wildcard(text)) return false;
  entry.type = EntryType::kAccount;
  entry.value = text;
  if (base::is_account_id(text)) return true;
  if (is_unique_id(text)) {
    entry.type = EntryType::kUniqueId;
    return true;
  }
  auto parts = base::split_arn(text);
  if (!parts || (*parts)[0] != "arn" || !(*parts)[1].starts_with("aws") || !(*parts)[3].empty()) return false;
  std::string_view service = (*parts)[2], account = (*parts)[4], name = (*parts)[5];
  if (service == "cloudfront" && account.empty())
    service = "iam";  // origin access identities
  else if (!base::is_account_id(account) && !(service == "iam" && account == "cloudfront"))
    return false;
  if (service == "iam" && name == "root") {
    entry.value = account;
    return true;
  }
  entry.type = EntryType::kArn;
  auto is_named = [name](std::string_view prefix) { return name.starts_with(prefix) && name.size() > prefix.size(); };
  if (service == "iam") return is_named("user/") || is_named("role/");
  return service == "sts" && (is_named("assumed-role/") || is_named("federated-user/"));
}

bool parse_principal(std::string_view name, PrincipalEntry& entry) {
  std::string_view text = entry.written;
  entry.value = text;
  if (name == "AWS") return parse_aws_principal(entry);
  if (text.empty() || has_wildcard(text)) return false;
  if (name == "Service") {
    entry.type = EntryType::kService;
    entry.value = base::to_lower(text);
    return text.find('.') != std::string_view::npos;
  }
  entry.type = name == "Federated" ? EntryType::kFederated : EntryType::kCanonicalUser;
  return name == "Federated" || name == "CanonicalUser";
}

}  // namespace

Result<Principals> Principals::compile(const Node& element) {
  auto malformed = [](std::string message) { return base::fail("MalformedPolicyDocument", std::move(message)); };
  Principals principals;
  if (element.is(Node::Type::kText)) {
    if (element.text != "*") return malformed(fmt::format("Invalid principal in policy: \"{}\"", element.text));
    principals.entries_.push_back({.type = EntryType::kAnyone, .value = "*", .written = "*"});
    return principals;
  }
  if (!element.is(Node::Type::kMap) || element.members.empty()) return malformed("Invalid principal in policy.");
  for (const auto& [name, begin, end, value] : element.members) {
    if (name != "AWS" && name != "Service" && name != "Federated" && name != "CanonicalUser")
      return malformed(fmt::format("Invalid principal in policy: \"{}\":\"{}\"", name, value.text));
    std::vector<const Node*> texts;
    if (!value.is(Node::Type::kList)) texts.push_back(&value);
    for (const Node& item : value.items) texts.push_back(&item);
    if (texts.empty()) return malformed(fmt::format("Invalid principal in policy: \"{}\":[]", name));
    for (const Node* text : texts) {
      // Account ids without leading zeros are often written as numbers.
      if (!text->is(Node::Type::kText) && !text->is(Node::Type::kNumber)) return malformed("Syntax errors in policy.");
      PrincipalEntry entry{.written = text->text};
      if (!parse_principal(name, entry))
        return malformed(fmt::format("Invalid principal in policy: \"{}\":\"{}\"", name, text->text));
      principals.entries_.push_back(std::move(entry));
    }
  }
  return principals;
}

bool Principals::lists(EntryType type, std::string_view value) const {
  if (value.empty()) return false;
  return std::ranges::any_of(entries_, [&](const PrincipalEntry& e) { return e.type == type && e.value == value; });
}

Naming Principals::naming_of(const Subject& subject) const {
  using SubjectType = Subject::Type;
  if (std::ranges::any_of(entries_, [](const PrincipalEntry& e) { return e.type == EntryType::kAnyone; }))
    return Naming::kDirect;
  if (subject.type == SubjectType::kService)
    return lists(EntryType::kService, base::to_lower(subject.service)) ? Naming::kDirect : Naming::kNone;
  if (lists(EntryType::kFederated, subject.provider) &&
      (subject.type == SubjectType::kWebIdentity || subject.type == SubjectType::kSaml ||
       subject.type == SubjectType::kAssumedRole || subject.type == SubjectType::kFederatedUser))
    return Naming::kDirect;
  if (subject.account.empty()) return Naming::kNone;
  if (subject.type != SubjectType::kRoot && lists_arn(subject.arn))
    return subject.type == SubjectType::kUser ? Naming::kUser : Naming::kDirect;
  std::string_view id = std::string_view(subject.user_id).substr(0, subject.user_id.find(':'));
  if (lists(EntryType::kUniqueId, id)) return subject.type == SubjectType::kAssumedRole ? Naming::kRole : Naming::kUser;
  if (lists_arn(subject.role_arn)) return Naming::kRole;
  if (lists(EntryType::kAccount, subject.account) || lists(EntryType::kCanonicalUser, subject.canonical_user))
    return Naming::kAccount;
  return Naming::kNone;
}

bool Principals::spares(const Subject& subject) const {
  Naming naming = naming_of(subject);
  if (naming == Naming::kNone || subject.account.empty() || subject.type == Subject::Type::kService ||
      std::ranges::any_of(entries_, [](const PrincipalEntry& e) { return e.type == EntryType::kAnyone; }))
    return naming != Naming::kNone;
  if (!lists(EntryType::kAccount, subject.account)) return false;
  if (subject.type == Subject::Type::kRoot) return true;
  bool is_role_listed = subject.role_arn.empty() || lists_arn(subject.role_arn);
  return is_role_listed && (lists_arn(subject.arn) || naming == Naming::kUser);
}

std::string_view account_of_principal(std::string_view principal) {
  if (base::is_account_id(principal)) return principal;
  auto parts = base::split_arn(principal);
  return parts ? (*parts)[4] : std::string_view();
}

}  // namespace policy
