#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "base/strings.h"
#include "policy/statement.h"

// What the texts of a policy must look like, with the messages IAM has for them.
namespace policy {

namespace {

constexpr std::string_view kPartitions[] = {"aws",       "aws-cn",    "aws-us-gov", "aws-iso",
                                            "aws-iso-b", "aws-iso-e", "aws-iso-f",  "aws-eusc"};
constexpr std::string_view kIamPaths[] = {"user/",
                                          "federated-user/",
                                          "role/",
                                          "group/",
                                          "instance-profile/",
                                          "mfa/",
                                          "server-certificate/",
                                          "policy/",
                                          "sms-mfa/",
                                          "saml-provider/",
                                          "oidc-provider/",
                                          "report/",
                                          "access-report/"};
// Resources of S3 that live in a region; buckets and objects do not name theirs.
constexpr std::string_view kRegionalPaths[] = {"accesspoint/",        "job/",           "storage-lens/",
                                               "storage-lens-group/", "access-grants/", "async-request/"};

bool is_whole_number(std::string_view text, std::int64_t least, std::int64_t most) {
  auto number = base::parse_number<std::int64_t>(text);
  return number && *number >= least && *number <= most;
}

// The part up to the separator, which is taken off together with it.
std::string_view take_part(std::string_view& text, char separator) {
  std::string_view part = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

bool is_valid_zone(std::string_view zone) {
  std::string_view hours = take_part(zone, ':');
  return hours.size() == 2 && is_whole_number(hours, 0, 23) &&
         (zone.empty() || (zone.size() == 2 && is_whole_number(zone, 0, 59)));
}

bool is_valid_time(std::string_view time) {
  auto parts = base::split(time, ':');
  if (!parts[0].empty() && !is_whole_number(parts[0], 0, 23)) return false;
  if (parts.size() > 1 && !is_whole_number(parts[1], 0, 59)) return false;
  if (parts.size() < 3) return true;
  std::string_view rest = time.substr(static_cast<std::size_t>(parts[2].data() - time.data()));
  std::size_t end = std::min(rest.find_first_of("z+-"), rest.size());
  std::string_view seconds = rest.substr(0, end), zone = rest.substr(end);
  std::string_view whole = take_part(seconds, '.');
  if (!is_whole_number(whole, 0, 59) || (!seconds.empty() && !is_whole_number(seconds, 0, 999'999'999))) return false;
  return zone.empty() || zone == "z" || (zone[0] != 'z' && is_valid_zone(zone.substr(1)));
}

// Dates as the oldest parser of policies reads them: every part may be missing but must be in range.
bool is_valid_date(std::string_view written) {
  std::string lowered = base::to_lower(written);
  std::string_view text = lowered;
  if (text.find_first_of("t-") == std::string_view::npos)
    return is_whole_number(text, 0, std::numeric_limits<std::int64_t>::max());
  std::size_t time_at = std::min(text.find('t'), text.size());
  std::string_view date = text.substr(0, time_at), time = text.substr(std::min(time_at + 1, text.size()));
  bool is_negative = date.starts_with('-');
  auto parts = base::split(date.substr(is_negative), '-');
  return parts.size() <= 3 && is_whole_number(parts[0], 0, is_negative ? 292275054 : 292278993) &&
         (parts.size() < 2 || is_whole_number(parts[1], 1, 12)) &&
         (parts.size() < 3 || is_whole_number(parts[2], 1, 31)) && (time.empty() || is_valid_time(time));
}

// The parts of an ARN as it is written, variables kept whole; at most six.
std::vector<std::string> written_parts(std::string_view resource) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (std::size_t i = 0; i < resource.size(); ++i) {
    if (resource.substr(i, 2) == "${") ++depth;
    if (resource[i] == '}' && depth > 0) --depth;
    if (resource[i] == ':' && depth == 0 && parts.size() < 6)
      parts.emplace_back();
    else
      parts.back() += resource[i];
  }
  return parts;
}

bool passes_legacy_parsing(std::string_view resource) {
  if (resource == "*") return true;
  auto parts = written_parts(resource);
  return (parts.size() == 6 || resource.find("::") == std::string_view::npos) && parts.size() > 2 && !parts[2].empty();
}

template <class List>
bool starts_with_any(std::string_view text, const List& prefixes) {
  return std::ranges::any_of(prefixes, [text](std::string_view prefix) { return text.starts_with(prefix); });
}

// AWS's complaint, or nothing.
std::string complaint_about_resource(const std::string& resource) {
  if (resource == "*") return {};
  auto parts = written_parts(resource);
  if (parts.size() == 1) return fmt::format("Resource {} must be in ARN format or \"*\".", resource);
  const std::string partition = parts[1];
  std::size_t given = parts.size();
  parts.resize(6, "*");
  bool is_known = std::ranges::find(kPartitions, partition) != std::end(kPartitions);
  if (!is_known && partition != "*" && !partition.starts_with("${"))
    return fmt::format("Partition \"{}\" is not valid for resource \"arn:{}\".", partition,
                       fmt::join(parts.begin() + 1, parts.end(), ":"));
  if (given == 2) return "Resource vendor must be fully qualified and cannot contain regexes.";
  const std::string &service = parts[2], &region = parts[3], &rest = parts[5];
  bool has_region = !region.empty() && region != "*";
  if (service == "iam" && has_region)
    return fmt::format("IAM resource {} cannot contain region information.", resource);
  if (service == "s3" && has_region && !rest.starts_with('*') && !starts_with_any(rest, kRegionalPaths))
    return fmt::format("Resource {} can not contain region information.", resource);
  // AWS's own root-task policies are about the root of an account.
  if (service == "iam" && rest != "*" && rest != "root" && !starts_with_any(rest, kIamPaths))
    return fmt::format("IAM resource path must either be \"*\" or start with {}.", fmt::join(kIamPaths, ", "));
  return {};
}

Result<void> check_action(std::string_view action) {
  if (action == "*") return {};
  auto parts = base::split(action, ':');
  if (parts.size() == 1) return malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  if (parts.size() > 2) return malformed("Actions/Condition can contain only one colon.");
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
  if (parts[0] != "*" && parts[0].find_first_not_of(kLetters) != std::string_view::npos)
    return malformed(fmt::format("Vendor {} is not valid", parts[0]));
  return {};
}

bool passes_legacy_parsing(const Node& statement) {
  const Node* effect = statement.find("Effect");
  if (effect->text != "Allow" && effect->text != "Deny") return false;
  const Node* condition = statement.find("Condition");
  if (!condition) return true;
  for (const auto& [name, begin, end, keys] : condition->members) {
    auto how = parse_operator(name);
    if (!how || how->type != Operator::Type::kDate) continue;
    for (const Node::Member& key : keys.members) {
      if (key.value.is_scalar() && !is_valid_date(key.value.text)) return false;
      for (const Node& value : key.value.items)
        if (!is_valid_date(value.text)) return false;
    }
  }
  return true;
}

Result<void> check_sids(const std::vector<const Node*>& statements, Kind kind) {
  std::set<std::string_view> sids;
  for (const Node* statement : statements) {
    const Node* sid = statement->find("Sid");
    if (sid && !sid->text.empty() && !sids.insert(sid->text).second)
      return malformed("Statement IDs (SID) in a single policy must be unique.");
  }
  if (!is_identity_kind(kind)) return {};
  for (std::string_view sid : sids)
    if (sid.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != sid.npos)
      return malformed(
          "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
          "[0-9A-Za-z]*");
  return {};
}

bool needs_resources(Kind kind) { return kind != Kind::kTrust && kind != Kind::kResource; }

}  // namespace

Result<void> check_contents(const Node& document, Kind kind) {
  auto statements = statements_of(document);
  std::string complaint;
  for (const Node* statement : statements)
    if (!passes_legacy_parsing(*statement)) return malformed("The policy failed legacy parsing");
  for (const Node* statement : statements) {
    for (std::string_view name : {"Resource", "NotResource"}) {
      auto resources = texts_of(statement->find(name));
      for (const Node* resource : resources)
        if (complaint.empty()) complaint = complaint_about_resource(resource->text);
      if (!complaint.empty()) break;
      for (const Node* resource : resources)
        if (!passes_legacy_parsing(resource->text)) return malformed("The policy failed legacy parsing");
    }
  }
  TRY_VOID(check_sids(statements, kind));
  auto count = [](const Node* statement, std::string_view name, std::string_view other) {
    return texts_of(statement->find(name)).size() + texts_of(statement->find(other)).size();
  };
  for (const Node* statement : statements)
    if (!count(statement, "Action", "NotAction")) return malformed("Policy statement must contain actions.");
  if (!complaint.empty()) return malformed(complaint);
  for (std::string_view name : {"Action", "NotAction"})
    for (const Node* statement : statements)
      for (const Node* action : texts_of(statement->find(name))) TRY_VOID(check_action(action->text));
  for (const Node* statement : statements)
    if (needs_resources(kind) && !count(statement, "Resource", "NotResource"))
      return malformed("Policy statement must contain resources.");
  return {};
}

}  // namespace policy
