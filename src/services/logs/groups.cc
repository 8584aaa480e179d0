// Log groups: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html
#include "services/logs/group.h"

#include "aws/envelope.h"
#include "base/arn.h"
#include "base/bytes.h"
#include "base/strings.h"

namespace logs {

namespace {

constexpr std::int64_t kGroupPageMax = 50;
constexpr std::int64_t kDeliveryRetentionDays = 2;
// "Possible values are: 1, 3, 5, …, and 3653."
constexpr std::int64_t kRetentionDays[] = {1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                                           365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};

Result<void> check_new_name(const std::string& name) {
  if (base::to_lower(name).starts_with("aws/"))
    return error("InvalidParameterException", "Log groups starting with AWS/ are reserved for AWS.");
  return {};
}

// The group seals with a new data key of the KMS key from now on.
Result<void> associate(Call& call, OpenGroup& group, const std::string& kms_key) {
  const kernel::Client kms =
      call.as_service(fmt::format("logs.{}.amazonaws.com", group.tx.place().region), group.arn()).in(group.tx.place());
  auto made = aws::generate_data_key(kms, kms_key, {{"aws:logs:arn", group.arn()}});
  if (!made)
    return error(
        "AccessDeniedException",
        fmt::format("The specified KMS key does not exist or is not allowed to be used with Arn '{}'", group.arn()));
  group.row.kms_key = kms_key;
  group.row.data_key = call.next_sequence();
  group.tx.put(kDataKeys, store::key(group.row.id, group.row.data_key), {made->sealed, made->key_arn});
  return {};
}

Value show_group(const OpenGroup& group) {
  Out shown{{"logGroupName", group.row.name},
            {"creationTime", group.row.created_ms},
            {"metricFilterCount", group.row.metric_filters},
            {"arn", group.arn() + ":*"},
            {"storedBytes", group.tx.unrecorded().count(kStoredBytes, store::key(group.row.id))},
            {"logGroupClass", group.row.group_class},
            {"logGroupArn", group.arn()},
            {"deletionProtectionEnabled", group.row.is_deletion_protected}};
  if (group.row.retention_days != 0) shown.set("retentionInDays", group.row.retention_days);
  if (!group.row.kms_key.empty()) shown.set("kmsKeyId", group.row.kms_key);
  if (group.row.data_protection_ms != 0)
    shown.set("dataProtectionStatus", group.row.data_protection.empty() ? "DELETED" : "ACTIVATED");
  if (group.row.takes_bearer_tokens) shown.set("bearerTokenAuthenticationEnabled", true);
  return shown;
}

// One page of the groups that `wants` picks, shown by `show`; sets nextToken where there are more.
template <class Wants, class Show>
Result<Value::List> page_of_groups(Call& call, const Value& input, std::int64_t limit, const std::string& prefix,
                                   Out& answer, Wants wants, Show show) {
  store::Scan scan{.prefix = prefix, .after = TRY(read_token(input))};
  Value::List shown;
  std::string last;
  call.tx.scan(kGroups, scan, [&](std::string_view name, const Group& row) {
    const OpenGroup group{call.tx, row};
    if (!wants(group)) return true;
    if (std::ssize(shown) == limit) {
      answer.set("nextToken", write_token(last));
      return false;
    }
    last = name;
    shown.push_back(show(group));
    return true;
  });
  return shown;
}

bool is_of_class(const OpenGroup& group, const Value& input) {
  return !input.has("logGroupClass") || input.at("logGroupClass").str() == group.row.group_class;
}

// Accounts that are linked to this one there are none, so only itself can be asked for.
bool is_own_account_asked(const Call& call, const Value& input) {
  const Value::List& accounts = input.at("accountIdentifiers").list();
  return accounts.empty() ||
         std::ranges::any_of(accounts, [&](const Value& id) { return id.str() == call.place.account; });
}

// "resourceIdentifier": the ARN of a group, or of all query results of the account.
Result<OpenGroup> find_encrypted(Call& call, In in) {
  if (in.has("logGroupName") == in.has("resourceIdentifier"))
    return error("InvalidParameterException",
                 "You must specify either the resourceIdentifier parameter or the logGroup parameter, but not both.");
  if (in.has("logGroupName")) return find_group(call, in.value());
  const std::string& arn = in.str("resourceIdentifier");
  if (base::Arn::parse(arn).resource.starts_with("query-result:"))
    return base::fail("NotImplemented", "KMS keys for the results of queries are not implemented.");
  return find_group_named(call, arn);
}

// A pattern of ListLogGroups: texts to be contained, or begun with where a ^ stands before them, between bars.
bool matches_any(std::string_view pattern, std::string_view name) {
  for (std::string_view part : base::split(pattern, '|')) {
    if (part.starts_with('^') ? name.starts_with(part.substr(1)) : name.contains(part)) return true;
  }
  return false;
}

// "!value" is none of it, "value*", "*value" and "*value*" are wildcards.
bool matches_tag_value(std::string_view wanted, std::string_view value) {
  if (wanted.starts_with('!')) return !matches_tag_value(wanted.substr(1), value);
  const bool any_before = wanted.starts_with('*'), any_after = wanted.size() > 1 && wanted.ends_with('*');
  if (wanted == "*") return true;
  if (any_before) wanted.remove_prefix(1);
  if (any_after) wanted.remove_suffix(1);
  if (any_before && any_after) return value.contains(wanted);
  if (any_before) return value.ends_with(wanted);
  return any_after ? value.starts_with(wanted) : value == wanted;
}

bool has_tags(const Group& group, const Value::List& filters) {
  return std::ranges::all_of(filters, [&](const Value& filter) {
    auto tag = group.tags.find(filter.at("key").str());
    const Value::List& values = filter.at("values").list();
    if (tag == group.tags.end()) return false;
    return values.empty() || std::ranges::any_of(values, [&](const Value& wanted) {
             return matches_tag_value(wanted.str(), tag->second);
           });
  });
}

}  // namespace

std::string write_token(std::string_view last_key) { return base::to_base64url(last_key); }

Result<std::optional<std::string>> read_token(const Value& input) {
  const std::string& token = input.at("nextToken").str();
  if (!input.has("nextToken")) return std::nullopt;
  auto key = base::from_base64url(token);
  if (!key) return error("InvalidParameterException", "The specified nextToken is invalid.");
  return key;
}

std::string group_name_of(std::string_view name_or_arn) {
  if (!name_or_arn.starts_with("arn:")) return std::string(name_or_arn);
  std::string_view resource = base::Arn::parse(name_or_arn).resource;
  if (!resource.starts_with("log-group:")) return "";
  resource.remove_prefix(std::string_view("log-group:").size());
  return std::string(resource.substr(0, resource.find(':')));
}

std::optional<OpenGroup> get_group(const store::Transaction& tx, std::string_view name) {
  const auto row = tx.get_shared(kGroups, name);
  if (!row) return std::nullopt;
  return OpenGroup{tx, *row};
}

void put_group(const OpenGroup& group) { group.tx.put(kGroups, group.row.name, group.row); }

bool is_class_standard(const OpenGroup& group) { return group.row.group_class == "STANDARD"; }

Result<OpenGroup> find_group_named(Call& call, const std::string& name_or_arn) {
  std::optional<OpenGroup> group;
  const base::Arn arn = base::Arn::parse(name_or_arn);
  if (!arn) {
    group = get_group(call.tx, name_or_arn);
  } else if (arn.service == "logs" && arn.account == call.place.account && arn.region == call.place.region) {
    group = get_group(call.tx, group_name_of(name_or_arn));
  }
  if (!group) return error("ResourceNotFoundException", "The specified log group does not exist.");
  return *std::move(group);
}

Result<OpenGroup> find_group(Call& call, const Value& input) {
  const bool has_name = input.has("logGroupName"), has_identifier = input.has("logGroupIdentifier");
  if (has_name && has_identifier)
    return base::fail("ValidationException", "LogGroup name and LogGroup ARN are mutually exclusive parameters.");
  if (!has_name && !has_identifier)
    return error("InvalidParameterException",
                 "Either the logGroupName parameter or the logGroupIdentifier parameter must be specified.");
  return find_group_named(call, input.at(has_name ? "logGroupName" : "logGroupIdentifier").str());
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
base::Result<Out> CreateLogGroup(Call& call, In in) {
  const std::string& name = in.str("logGroupName");
  TRY_VOID(check_new_name(name));
  if (get_group(call.tx, name))
    return error("ResourceAlreadyExistsException", "The specified log group already exists");
  OpenGroup group{call.tx, {.id = call.next_sequence(), .name = name, .created_ms = call.now_ms()}};
  if (in.has("logGroupClass")) group.row.group_class = in.str("logGroupClass");
  if (group.row.group_class == "ESSENTIALS")
    return base::fail("NotImplemented", "Log groups of the class ESSENTIALS are not implemented.");
  // "If you select DELIVERY … the retention is fixed at two days."
  if (group.row.group_class == "DELIVERY") group.row.retention_days = kDeliveryRetentionDays;
  group.row.is_deletion_protected = in.flag("deletionProtectionEnabled");
  TRY_VOID(add_tags(group.row.tags, in.map("tags")));
  if (in.has("kmsKeyId")) TRY_VOID(associate(call, group, in.str("kmsKeyId")));
  put_group(group);
  if (group.row.retention_days != 0) begin_retention(call, group);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html
base::Result<Out> DeleteLogGroup(Call& call, In in) {
  const OpenGroup group = TRY(find_group(call, in.value()));
  if (group.row.is_deletion_protected)
    return error("ValidationException",
                 "The specified log group has deletion protection enabled and cannot be deleted.");
  group.tx.erase(kGroups, group.row.name);
  begin_cleaning(call, group.row.id, 0);
  call.disarm(kRetention, group.row.name);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
base::Result<Out> DescribeLogGroups(Call& call, In in) {
  if (in.has("logGroupNamePrefix") && in.has("logGroupNamePattern"))
    return error("InvalidParameterException",
                 "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  const Value::List& identifiers = in.list("logGroupIdentifiers");
  if (!identifiers.empty() && (in.has("logGroupNamePrefix") || in.has("logGroupNamePattern")))
    return error("InvalidParameterException",
                 "LogGroup identifiers cannot be specified together with a LogGroup name prefix or pattern.");
  Out answer;
  const std::string& pattern = in.str("logGroupNamePattern");
  auto wants = [&](const OpenGroup& group) {
    if (!is_of_class(group, in.value()) || !is_own_account_asked(call, in.value())) return false;
    if (!identifiers.empty() && std::ranges::none_of(identifiers, [&](const Value& identifier) {
          return identifier.str() == group.row.name || identifier.str() == group.arn();
        }))
      return false;
    return group.row.name.contains(pattern);
  };
  answer.set("logGroups", TRY(page_of_groups(call, in.value(), in.num("limit", kGroupPageMax),
                                             in.str("logGroupNamePrefix"), answer, wants, show_group)));
  return answer;
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListLogGroups.html
base::Result<Out> ListLogGroups(Call& call, In in) {
  if (in.has("dataSources") || in.has("fieldIndexNames"))
    return base::fail("NotImplemented", "dataSources and fieldIndexNames of ListLogGroups are not implemented.");
  Out answer;
  auto wants = [&](const OpenGroup& group) {
    return is_of_class(group, in.value()) && is_own_account_asked(call, in.value()) &&
           has_tags(group.row, in.list("logGroupTags")) &&
           (!in.has("logGroupNamePattern") || matches_any(in.str("logGroupNamePattern"), group.row.name));
  };
  auto show = [](const OpenGroup& group) -> Value {
    return Out{
        {"logGroupName", group.row.name}, {"logGroupArn", group.arn()}, {"logGroupClass", group.row.group_class}};
  };
  answer.set("logGroups",
             TRY(page_of_groups(call, in.value(), in.num("limit", kGroupPageMax), "", answer, wants, show)));
  return answer;
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogGroupDeletionProtection.html
base::Result<Out> PutLogGroupDeletionProtection(Call& call, In in) {
  OpenGroup group = TRY(find_group(call, in.value()));
  group.row.is_deletion_protected = in.flag("deletionProtectionEnabled");
  put_group(group);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
base::Result<Out> PutRetentionPolicy(Call& call, In in) {
  const std::int64_t days = in.num("retentionInDays");
  if (std::ranges::find(kRetentionDays, days) == std::end(kRetentionDays))
    return error("InvalidParameterException",
                 fmt::format("1 validation error detected: Value '{}' at 'retentionInDays' failed to satisfy "
                             "constraint: Member must satisfy enum value set: [{}]",
                             days, fmt::join(kRetentionDays, ", ")));
  OpenGroup group = TRY(find_group(call, in.value()));
  if (group.row.group_class == "DELIVERY")
    return error("InvalidParameterException", "The retention of log groups of the class DELIVERY cannot be changed.");
  group.row.retention_days = days;
  put_group(group);
  begin_retention(call, group);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteRetentionPolicy.html
base::Result<Out> DeleteRetentionPolicy(Call& call, In in) {
  OpenGroup group = TRY(find_group(call, in.value()));
  if (group.row.group_class == "DELIVERY")
    return error("InvalidParameterException", "The retention of log groups of the class DELIVERY cannot be changed.");
  group.row.retention_days = 0;
  put_group(group);
  call.disarm(kRetention, group.row.name);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html
base::Result<Out> AssociateKmsKey(Call& call, In in) {
  OpenGroup group = TRY(find_encrypted(call, in));
  TRY_VOID(associate(call, group, in.str("kmsKeyId")));
  put_group(group);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DisassociateKmsKey.html
base::Result<Out> DisassociateKmsKey(Call& call, In in) {
  OpenGroup group = TRY(find_encrypted(call, in));
  // What was sealed stays so: "CloudWatch Logs still needs permissions for the key whenever this data is requested."
  group.row.kms_key.clear();
  group.row.data_key = 0;
  put_group(group);
  return Out{};
}

}  // namespace logs
