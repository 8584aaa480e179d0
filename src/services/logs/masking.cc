// How sensitive data is found: the managed identifiers that there are, and those that users define.
#include "services/logs/masking.h"

#include <re2/re2.h>

#include <algorithm>
#include <set>

#include "base/json.h"
#include "base/strings.h"
#include "services/logs/masking_identifiers.h"

namespace logs {

struct Masker::Part {
  std::string identifier;
  std::shared_ptr<const RE2> regex;
  bool (*is_genuine)(std::string_view found) = nullptr;  // of those whose digits have a check
};

namespace {

// "Custom data identifiers … regex … maximum length of 200 characters", ten in a policy.
constexpr std::size_t kCustomMax = 10;
constexpr std::size_t kRegexCharactersMax = 200;
constexpr std::size_t kProtectionCharactersMax = 30'720;
constexpr std::string_view kIdentifierPrefix = "arn:aws:dataprotection::aws:data-identifier/";

std::shared_ptr<const RE2> compile(std::string_view regex) {
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(1 << 20);
  auto compiled = std::make_shared<const RE2>(std::string(regex), options);
  return compiled->ok() ? compiled : nullptr;
}

std::unexpected<base::Error> invalid_policy(std::string_view why) {
  return error("InvalidParameterException", fmt::format("Invalid data protection policy: {}", why));
}

// The expression of a custom identifier; null: there is none of the name.
const Value* find_custom(const Value& policy, const std::string& name) {
  for (const Value& custom : policy.at("Configuration").at("CustomDataIdentifier").list()) {
    if (custom.at("Name").str() == name) return &custom;
  }
  return nullptr;
}

Result<void> check_identifiers(const Value& policy, const Value& statement) {
  if (statement.at("DataIdentifier").list().empty()) return invalid_policy("DataIdentifier is required.");
  for (const Value& identifier : statement.at("DataIdentifier").list()) {
    const std::string& text = identifier.str();
    if (text.starts_with(kIdentifierPrefix)) {
      const std::string name = text.substr(kIdentifierPrefix.size());
      if (!find_managed(name))
        return base::fail("NotImplemented", fmt::format("The data identifier {} is not implemented.", name));
    } else if (!find_custom(policy, text)) {
      return invalid_policy(fmt::format("{} is not a data identifier.", text));
    }
  }
  return {};
}

Result<void> check_customs(const Value& policy) {
  const Value::List& customs = policy.at("Configuration").at("CustomDataIdentifier").list();
  if (customs.size() > kCustomMax) return invalid_policy("There can be up to 10 custom data identifiers.");
  for (const Value& custom : customs) {
    const std::string& regex = custom.at("Regex").str();
    if (custom.at("Name").str().empty() || regex.empty() || regex.size() > kRegexCharactersMax || !compile(regex))
      return invalid_policy("A custom data identifier has a name and a valid regular expression.");
  }
  return {};
}

void add_parts(const Value& policy, std::vector<std::shared_ptr<const Masker::Part>>& parts) {
  for (const Value& statement : policy.at("Statement").list()) {
    if (!statement.at("Operation").has("Deidentify")) continue;
    for (const Value& identifier : statement.at("DataIdentifier").list()) {
      std::string name = identifier.str();
      if (const Value* custom = find_custom(policy, name)) {
        parts.push_back(std::make_shared<Masker::Part>(
            Masker::Part{name, compile("(" + custom->at("Regex").str() + ")"), nullptr}));
        continue;
      }
      name = name.substr(std::min(name.size(), kIdentifierPrefix.size()));
      if (const ManagedIdentifier* managed = find_managed(name))
        parts.push_back(
            std::make_shared<Masker::Part>(Masker::Part{name, compile(expression_of(*managed)), managed->is_genuine}));
    }
  }
}

std::vector<std::string> policies_of(Call& call, const OpenGroup& group) {
  std::vector<std::string> policies;
  if (!group.row.data_protection.empty()) policies.push_back(group.row.data_protection);
  each_account_policy(call, "DATA_PROTECTION_POLICY", group.row.name,
                      [&](const AccountPolicy& policy) { policies.push_back(policy.document); });
  return policies;
}

}  // namespace

Masker::Masker(const std::vector<std::string>& policies) {
  for (const std::string& text : policies) {
    if (auto policy = base::parse_json(text)) add_parts(*policy, parts_);
  }
}

std::vector<Detection> Masker::find(std::string_view message) const {
  std::vector<Detection> found;
  for (const auto& part : parts_) {
    re2::StringPiece rest(message.data(), message.size()), match;
    while (part->regex && RE2::FindAndConsume(&rest, *part->regex, &match)) {
      if (match.empty()) break;
      const auto begin = static_cast<std::size_t>(match.data() - message.data());
      if (!part->is_genuine || part->is_genuine({match.data(), match.size()}))
        found.push_back({part->identifier, begin, begin + match.size()});
      // What ends one may begin the next.
      const std::size_t end = begin + match.size();
      rest = re2::StringPiece(message.data() + end, message.size() - end);
    }
  }
  std::ranges::sort(found, {}, &Detection::begin);
  return found;
}

std::string Masker::mask(std::string message) const {
  if (parts_.empty()) return message;
  for (const Detection& detection : find(message))
    std::fill_n(message.begin() + static_cast<std::ptrdiff_t>(detection.begin), detection.end - detection.begin, '*');
  return message;
}

Masker masker_of(Call& call, const OpenGroup& group) { return Masker(policies_of(call, group)); }

Result<Masker> masker_for(Call& call, const OpenGroup& group, Unmask unmask) {
  if (unmask == Unmask::kNo) return masker_of(call, group);
  TRY_VOID(call.authorize("logs:Unmask", group.arn() + ":*"));
  return Masker();
}

std::vector<std::string> findings_groups(Call& call, const OpenGroup& group) {
  std::set<std::string> groups;
  for (const std::string& text : policies_of(call, group)) {
    const auto policy = base::parse_json(text).value_or(Value());
    for (const Value& statement : policy.at("Statement").list()) {
      const Value& destination = statement.at("Operation").at("Audit").at("FindingsDestination");
      if (destination.has("CloudWatchLogs")) groups.insert(destination.at("CloudWatchLogs").at("LogGroup").str());
    }
  }
  return {groups.begin(), groups.end()};
}

Result<void> check_data_protection_policy(const std::string& text) {
  if (text.size() > kProtectionCharactersMax) return invalid_policy("It can have up to 30,720 characters.");
  const auto policy = base::parse_json(text);
  if (!policy || !policy->is_map()) return invalid_policy("It is not a JSON document.");
  if (policy->at("Name").str().empty()) return invalid_policy("Name is required.");
  if (policy->at("Version").str() != "2021-06-01") return invalid_policy("Version must be 2021-06-01.");
  TRY_VOID(check_customs(*policy));
  const Value::List& statements = policy->at("Statement").list();
  if (statements.size() != 2) return invalid_policy("It must have one statement to audit and one to de-identify.");
  const bool audits_first = statements[0].at("Operation").has("Audit");
  const Value& audit = statements[audits_first ? 0 : 1];
  const Value& deidentify = statements[audits_first ? 1 : 0];
  if (!audit.at("Operation").has("Audit") || !deidentify.at("Operation").has("Deidentify"))
    return invalid_policy("It must have one statement to audit and one to de-identify.");
  if (!deidentify.at("Operation").at("Deidentify").has("MaskConfig"))
    return invalid_policy("Deidentify must have an empty MaskConfig.");
  if (audit.at("DataIdentifier") != deidentify.at("DataIdentifier"))
    return invalid_policy("The data identifiers of both statements must be the same.");
  TRY_VOID(check_identifiers(*policy, audit));
  const Value& destination = audit.at("Operation").at("Audit").at("FindingsDestination");
  if (destination.has("S3") || destination.has("Firehose"))
    return base::fail("NotImplemented", "Findings of data protection go to CloudWatch Logs only.");
  return {};
}

}  // namespace logs
