// The Condition element: operators, keys and values.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/strings.h"
#include "policy/checker.h"
#include "policy/condition.h"

namespace policy {

namespace {

// Global keys that hold several values; the other global keys hold one.
constexpr std::string_view kMultivaluedKeys[] = {
    "aws:calledvia",        "aws:principalorgpaths", "aws:principalservicenameslist",
    "aws:resourceorgpaths", "aws:sourceorgpaths",    "aws:tagkeys"};

constexpr std::string_view kGlobalKeys[] = {"aws:assumedroot",
                                            "aws:calledvia",
                                            "aws:calledviafirst",
                                            "aws:calledvialast",
                                            "aws:chatbotsourcearn",
                                            "aws:currenttime",
                                            "aws:ec2instancesourceprivateipv4",
                                            "aws:ec2instancesourcevpc",
                                            "aws:epochtime",
                                            "aws:federatedprovider",
                                            "aws:ismcpserviceaction",
                                            "aws:multifactorauthage",
                                            "aws:multifactorauthpresent",
                                            "aws:principalaccount",
                                            "aws:principalarn",
                                            "aws:principalisawsservice",
                                            "aws:principalorgid",
                                            "aws:principalorgpaths",
                                            "aws:principalservicename",
                                            "aws:principalservicenameslist",
                                            "aws:principaltype",
                                            "aws:referer",
                                            "aws:requestedregion",
                                            "aws:resourceaccount",
                                            "aws:resourceorgid",
                                            "aws:resourceorgpaths",
                                            "aws:securetransport",
                                            "aws:signinsessionarn",
                                            "aws:sourceaccount",
                                            "aws:sourcearn",
                                            "aws:sourceidentity",
                                            "aws:sourceip",
                                            "aws:sourceorgid",
                                            "aws:sourceorgpaths",
                                            "aws:sourceowner",
                                            "aws:sourcevpc",
                                            "aws:sourcevpcarn",
                                            "aws:sourcevpce",
                                            "aws:tagkeys",
                                            "aws:tokenissuetime",
                                            "aws:useragent",
                                            "aws:userid",
                                            "aws:username",
                                            "aws:viaawsmcpservice",
                                            "aws:viaawsservice",
                                            "aws:vpceaccount",
                                            "aws:vpceorgid",
                                            "aws:vpceorgpaths",
                                            "aws:vpcsourceip"};
constexpr std::string_view kGlobalPrefixes[] = {"aws:principaltag/", "aws:requesttag/", "aws:resourcetag/"};

// One operator, one key, its values.
struct Entry {
  std::string_view operator_name;
  Operator how;
  std::string key;  // in lower case
  std::string_view written;
  const Node* values;
  Path path;
};

bool is_global(std::string_view name) {
  return std::ranges::find(kGlobalKeys, name) != std::end(kGlobalKeys) ||
         std::ranges::any_of(kGlobalPrefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

void report(Checker& checker, FindingType type, const Entry& entry, std::string_view code, std::string details) {
  checker.add(type, code, std::move(details), entry.path, *entry.values);
}

void check_key(Checker& checker, const Entry& entry) {
  if (entry.key.find(':') == entry.key.npos)
    return report(checker, FindingType::kError, entry, "INVALID_CONDITION_KEY_FORMAT",
                  "The condition key format is not valid. Use the format service:keyname.");
  if (entry.key == "aws:arn")
    return report(checker, FindingType::kError, entry, "UNSUPPORTED_GLOBAL_CONDITION_KEY",
                  "The condition key aws:ARN is not supported. Use aws:PrincipalArn or aws:SourceArn instead.");
  if (entry.key.starts_with("aws:") && !is_global(entry.key))
    return report(checker, FindingType::kError, entry, "INVALID_GLOBAL_CONDITION_KEY",
                  fmt::format("The condition key {} does not exist. Use a valid condition key.", entry.written));
  const bool is_multivalued = std::ranges::find(kMultivaluedKeys, entry.key) != std::end(kMultivaluedKeys);
  if (is_multivalued && entry.how.set == Operator::Set::kNone && entry.how.type != Operator::Type::kNull)
    report(checker, FindingType::kError, entry, "MISSING_QUALIFIER",
           fmt::format("The request context key {} has multiple values. Use the ForAllValues or ForAnyValue condition "
                       "key qualifiers in your policy.",
                       entry.written));
  if (!is_multivalued && is_global(entry.key) && entry.how.set == Operator::Set::kAll)
    report(
        checker, FindingType::kSecurityWarning, entry, "FORALLVALUES_WITH_SINGLE_VALUED_KEY",
        fmt::format("Using ForAllValues qualifier with the single-valued condition key {} can be overly permissive. We "
                    "recommend that you remove ForAllValues:.",
                    entry.written));
}

bool is_wrong_value(const Operator& how, const std::string& text) {
  using Kinds = Operator::Type;
  if (text.find("${") != text.npos) return false;
  switch (how.type) {
    case Kinds::kNumeric: return !base::parse_number<double>(text);
    case Kinds::kDate: return !parse_moment(text);
    case Kinds::kBool:
    case Kinds::kNull: return !base::equal_ignoring_case(text, "true") && !base::equal_ignoring_case(text, "false");
    case Kinds::kIpAddress: return !parse_network(text);
    case Kinds::kArn: return text != "*" && !text.starts_with("arn:") && !text.starts_with('*');
    default: return false;
  }
}

void refuse_value(Checker& checker, const Entry& entry, const PlacedText& value) {
  using Kinds = Operator::Type;
  std::string_view code = "TYPE_MISMATCH_ARN";
  std::string details = fmt::format("Add a valid resource ARN for the condition operator {}.", entry.operator_name);
  if (entry.how.type == Kinds::kNumeric) {
    code = "TYPE_MISMATCH_NUMBER";
    details = fmt::format("Add a valid number value for the condition operator {}.", entry.operator_name);
  } else if (entry.how.type == Kinds::kDate) {
    code = "TYPE_MISMATCH_DATE";
    details = fmt::format(
        "The condition operator {} is used with an invalid date. Specify a valid date using YYYY-MM-DD "
        "or other ISO 8601 date/time format.",
        entry.operator_name);
  } else if (entry.how.type == Kinds::kBool || entry.how.type == Kinds::kNull) {
    code = "TYPE_MISMATCH_BOOLEAN";
    details =
        fmt::format("Add a valid Boolean value (true or false) for the condition operator {}.", entry.operator_name);
  } else if (entry.how.type == Kinds::kIpAddress) {
    code = "TYPE_MISMATCH_IP_RANGE";
    details = fmt::format(
        "The condition operator {} is used with an invalid IP range value. Specify the IP range in "
        "standard CIDR format.",
        entry.operator_name);
  }
  checker.add(FindingType::kError, code, std::move(details), value.path, *value.node);
}

void check_values(Checker& checker, const Entry& entry) {
  if (entry.values->is(Node::Type::kList) && entry.values->items.empty())
    return report(checker, FindingType::kSuggestion, entry, "EMPTY_ARRAY_CONDITION",
                  fmt::format("There are no values for the condition key {} and it does not affect the policy. Specify "
                              "conditions.",
                              entry.written));
  const bool is_boolean = entry.how.type == Operator::Type::kBool || entry.how.type == Operator::Type::kNull;
  if (is_boolean && entry.values->items.size() > 1)
    report(checker, FindingType::kError, entry, "MULTIPLE_BOOLEAN_VALUES",
           "The condition key does not support multiple Boolean values. Use a single Boolean value.");
  std::set<Node::Type> types;
  for (const Node& item : entry.values->items) types.insert(item.type);
  if (types.size() > 1)
    report(checker, FindingType::kError, entry, "INVALID_CONDITION_DATA_TYPE",
           "The condition value data types do not match. Use condition values of the same JSON data type.");
  for (const PlacedText& value : placed_texts(*entry.values, entry.path)) {
    const std::string& text = value.node->text;
    if (is_wrong_value(entry.how, text)) refuse_value(checker, entry, value);
    const bool compares_text = entry.how.type == Operator::Type::kString && !entry.how.has_wildcards;
    if (compares_text && text.find_first_of("*?") != text.npos && text.find("${") == text.npos)
      checker.add(FindingType::kWarning, "WILDCARD_WITHOUT_LIKE_OPERATOR",
                  "Your condition value includes a * or ? character. If you meant to use a wildcard (*, ?), update the "
                  "condition operator to include Like.",
                  value.path, *value.node);
  }
}

bool is_private(const Network& network) {
  for (const char* range : {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8"}) {
    auto known = parse_network(range);
    if (known && network.bits >= known->bits && known->contains(network)) return true;
  }
  return false;
}

void check_addresses(Checker& checker, const Entry& entry) {
  if (entry.key != "aws:sourceip" || entry.how.type != Operator::Type::kIpAddress) return;
  std::size_t private_count = 0, count = 0;
  for (const PlacedText& value : placed_texts(*entry.values, entry.path)) {
    auto network = parse_network(value.node->text);
    if (!network) continue;
    ++count;
    private_count += is_private(*network);
  }
  if (private_count == 0) return;
  if (private_count == count)
    report(
        checker, FindingType::kError, entry, "PRIVATE_IP_ADDRESS",
        "aws:SourceIp works only for public IP address ranges. The values for condition key aws:SourceIp include only "
        "private IP addresses and will not have the desired effect. Update the value to include public IP "
        "addresses.");
  else
    report(
        checker, FindingType::kSuggestion, entry, "PRIVATE_IP_ADDRESS_SUBSET",
        "The values for condition key aws:SourceIp include a mix of private and public IP addresses. The private "
        "addresses will not have the desired effect. aws:SourceIp works only for public IP address ranges. To define "
        "permissions for private IP ranges, use aws:VpcSourceIp.");
}

void check_operator(Checker& checker, const Node::Member& block, const Operator& how, const Path& path) {
  if (how.type != Operator::Type::kNull) return;
  if (how.if_exists)
    checker.add(
        FindingType::kError, "NULL_WITH_IF_EXISTS",
        "The Null condition operator cannot be used with the IfExists suffix. Update the operator or the suffix.", path,
        block.value);
  if (how.set != Operator::Set::kNone)
    checker.add(FindingType::kSuggestion, "NULL_WITH_QUALIFIER",
                "Avoid using the Null condition operator with the ForAllValues or ForAnyValue qualifiers because they "
                "always return a true or false respectively.",
                path, block.value);
}

void check_block(Checker& checker, const Node::Member& block, const Path& condition) {
  const Path path = condition / block.name;
  auto how = parse_operator(block.name);
  // "NullIfExists" is none, and has a finding of its own.
  if (!how && base::equal_ignoring_case(block.name, "NullIfExists")) {
    how = Operator{.type = Operator::Type::kNull, .if_exists = true};
  } else if (!how) {
    checker.add(FindingType::kError, "INVALID_CONDITION_OPERATOR",
                fmt::format("The condition operator {} is not valid. Use a valid condition operator.", block.name),
                name_in(condition, block.name), block.begin, block.end);
    return;
  }
  check_operator(checker, block, *how, path);
  if (!block.value.is(Node::Type::kMap)) {
    checker.add(FindingType::kError, "DATA_TYPE_MISMATCH",
                "The text does not match the expected JSON data type object.", path, block.value);
    return;
  }
  if (block.value.members.empty())
    checker.add(FindingType::kSuggestion, "EMPTY_OBJECT_CONDITION",
                "This condition block is empty and it does not affect the policy. Specify conditions.", path,
                block.value);
  std::set<std::string> seen;
  for (const Node::Member& member : block.value.members) {
    const Entry entry{block.name, *how, base::to_lower(member.name), member.name, &member.value, path / member.name};
    if (!seen.insert(entry.key).second)
      report(
          checker, FindingType::kError, entry, "DUPLICATE_KEYS_DIFFERENT_CASE",
          fmt::format("The condition key {} appears more than once with different capitalization in the same condition "
                      "block. Remove the duplicate condition keys.",
                      member.name));
    check_key(checker, entry);
    check_values(checker, entry);
    check_addresses(checker, entry);
  }
}

}  // namespace

void check_condition(Checker& checker, const Node& condition, const Path& path) {
  if (!condition.is(Node::Type::kMap)) {
    checker.add(FindingType::kError, "DATA_TYPE_MISMATCH",
                "The text does not match the expected JSON data type object.", path, condition);
    return;
  }
  if (condition.members.empty())
    checker.add(FindingType::kSuggestion, "EMPTY_OBJECT_CONDITION",
                "This condition block is empty and it does not affect the policy. Specify conditions.", path,
                condition);
  for (const Node::Member& block : condition.members) check_block(checker, block, path);
}

}  // namespace policy
