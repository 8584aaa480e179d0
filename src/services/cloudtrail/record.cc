#include "services/cloudtrail/record.h"

#include "base/arn.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "services/cloudtrail/kinds.h"

namespace cloudtrail {

namespace {

using Type = kernel::Principal::Type;

constexpr std::string_view kEventVersion = "1.11";

// Whole seconds, as records have them.
std::string second_text(std::int64_t time_ms) { return base::format_iso8601(time_ms - time_ms % 1'000); }

Value read_json(const std::string& text) {
  if (text.empty()) return {};
  auto value = base::parse_json(text);
  return value ? *value : Value();
}

std::string_view last_part(std::string_view text) {
  std::size_t slash = text.rfind('/');
  return slash == text.npos ? text : text.substr(slash + 1);
}

Value session_context(const Caller& caller) {
  Value context(Value::Map{});
  if (caller.type == Type::kAssumedRole) {
    // The role: of an assumed-role ARN its name is the part in the middle.
    std::string_view session_arn = caller.arn;
    std::size_t first = session_arn.find('/');
    std::string_view name = first == session_arn.npos ? session_arn : session_arn.substr(first + 1);
    name = name.substr(0, name.find('/'));
    std::string role_arn =
        caller.role_arn.empty() ? fmt::format("arn:aws:iam::{}:role/{}", caller.account, name) : caller.role_arn;
    context.set("sessionIssuer", Value::Map{{"type", "Role"},
                                            {"principalId", caller.user_id.substr(0, caller.user_id.find(':'))},
                                            {"arn", role_arn},
                                            {"accountId", std::string(base::Arn::parse(role_arn).account)},
                                            {"userName", std::string(last_part(role_arn))}});
  }
  if (caller.type == Type::kFederatedUser)
    context.set("sessionIssuer", Value::Map{{"type", "IAMUser"}, {"accountId", caller.account}});
  if (!caller.provider.empty())
    context.set("webIdFederationData",
                Value::Map{{"federatedProvider", caller.provider}, {"attributes", Value::Map{}}});
  context.set("attributes", Value::Map{{"creationDate", second_text(caller.issued_ms)},
                                       {"mfaAuthenticated", caller.multi_factor_present ? "true" : "false"}});
  if (!caller.source_identity.empty()) context.set("sourceIdentity", caller.source_identity);
  return context;
}

// Calls that prove an identity by a token have no caller yet: the answer says who it was.
Value token_identity(const Note& note) {
  Value response = read_json(note.response), parameters = read_json(note.parameters);
  if (note.operation == "AssumeRoleWithSAML")
    return Value::Map{{"type", "SAMLUser"},
                      {"principalId", response.at("nameQualifier").str() + ":" + response.at("subject").str()},
                      {"userName", response.at("subject").str()},
                      {"identityProvider", response.at("issuer").str()}};
  std::string subject = response.at("subjectFromWebIdentityToken").str(), provider = response.at("provider").str();
  return Value::Map{{"type", "WebIdentityUser"},
                    {"principalId", fmt::format("{}:{}:{}", provider, response.at("audience").str(), subject)},
                    {"userName", subject},
                    {"identityProvider", provider}};
}

Value user_identity(const Caller& caller, const Note& note) {
  if (caller.type == Type::kService) return Value::Map{{"type", "AWSService"}, {"invokedBy", caller.arn}};
  if (caller.type == Type::kAnonymous) {
    if (note.operation == "AssumeRoleWithSAML" || note.operation == "AssumeRoleWithWebIdentity")
      return token_identity(note);
    return Value::Map{{"type", "AWSAccount"}, {"principalId", ""}, {"accountId", "anonymous"}};
  }
  if (note.is_foreign)
    return Value::Map{{"type", "AWSAccount"}, {"principalId", caller.user_id}, {"accountId", caller.account}};
  static constexpr std::pair<Type, const char*> kTypes[] = {{Type::kRoot, "Root"},
                                                            {Type::kUser, "IAMUser"},
                                                            {Type::kAssumedRole, "AssumedRole"},
                                                            {Type::kFederatedUser, "FederatedUser"}};
  Value identity(Value::Map{});
  for (auto [type, name] : kTypes)
    if (type == caller.type) identity.set("type", name);
  identity.set("principalId", caller.user_id);
  identity.set("arn", caller.arn);
  identity.set("accountId", caller.account);
  if (!caller.access_key_id.empty()) identity.set("accessKeyId", caller.access_key_id);
  if (caller.type == Type::kUser) identity.set("userName", std::string(last_part(caller.arn)));
  if (caller.has_session || caller.type == Type::kAssumedRole) identity.set("sessionContext", session_context(caller));
  if (!note.invoked_by.empty()) identity.set("invokedBy", note.invoked_by);
  return identity;
}

// Null members are shown, as CloudTrail shows them.
Value or_null(const std::string& json) { return json.empty() ? Value(nullptr) : read_json(json); }

std::string api_version_of(const model::Service& service) {
  if (service.id == "lambda" || service.id == "dynamodb" || service.id == "cloudfront") {
    return std::string(service.api_version);
  }
  return {};
}

void add_resources(Value& record, const Note& note, std::string_view data_type) {
  if (note.resource.empty()) return;
  std::string_view type = data_type.empty() ? resource_type_of(note.resource) : data_type;
  std::string account(base::Arn::parse(note.resource).account);
  if (account.empty()) account = record.at("recipientAccountId").str();
  Value resource(Value::Map{{"accountId", account}});
  if (!type.empty()) resource.set("type", type);
  resource.set("ARN", note.resource);
  record.set("resources", Value::List{std::move(resource)});
}

}  // namespace

std::string uuid_text(std::uint64_t high, std::uint64_t low) {
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff, high & 0xffff, low >> 48,
                     low & 0xffff'ffff'ffff);
}

Value show_record(const Block& block, const Note& note, const std::string& account) {
  const model::Service& service = *model::find_service(note.service);
  const model::Operation& operation = *service.find_operation(note.operation);
  static const Caller kNobody;
  const Caller& caller = note.caller < block.callers.size() ? block.callers[note.caller] : kNobody;
  std::string_view data_type = data_type_of(note.service, note.operation);
  bool by_service = !note.invoked_by.empty();

  Value record(Value::Map{});
  record.set("eventVersion", kEventVersion);
  record.set("userIdentity", user_identity(caller, note));
  record.set("eventTime", second_text(note.time_ms));
  record.set("eventSource", event_source_of(service));
  record.set("eventName", event_name_of(note.service, note.operation));
  record.set("awsRegion", note.region);
  record.set("sourceIPAddress", by_service ? note.invoked_by : caller.source_ip);
  record.set("userAgent", by_service ? note.invoked_by : caller.user_agent);
  if (!note.error_code.empty()) {
    record.set("errorCode", note.error_code);
    record.set("errorMessage", note.error_message);
  }
  record.set("requestParameters", or_null(note.parameters));
  record.set("responseElements", or_null(note.response));
  record.set("requestID", note.request_id);
  record.set("eventID", uuid_text(note.id_high, note.id_low));
  record.set("readOnly", is_read_only(service, operation));
  record.set("eventType", caller.type == Type::kService && note.operation.empty() ? "AwsServiceEvent" : "AwsApiCall");
  if (std::string version = api_version_of(service); !version.empty()) record.set("apiVersion", version);
  record.set("managementEvent", data_type.empty());
  record.set("recipientAccountId", account);
  add_resources(record, note, data_type);
  if (note.shared_high || note.shared_low) record.set("sharedEventID", uuid_text(note.shared_high, note.shared_low));
  record.set("eventCategory", data_type.empty() ? "Management" : "Data");
  if (!note.tls_host.empty()) record.set("tlsDetails", Value::Map{{"clientProvidedHostHeader", note.tls_host}});
  return record;
}

std::string user_name_of(const Value& record) {
  const Value& identity = record.at("userIdentity");
  const std::string& type = identity.at("type").str();
  if (type == "Root") return "root";
  if (type == "AssumedRole" || type == "FederatedUser") {
    const std::string& arn = identity.at("arn").str();
    return std::string(last_part(arn));
  }
  return identity.at("userName").str();
}

std::vector<Resource> resources_of(const Value& record) {
  std::vector<Resource> resources;
  for (const Value& resource : record.at("resources").list()) {
    const std::string& arn = resource.at("ARN").str();
    const std::string& type = resource.at("type").str();
    if (!type.empty()) resources.push_back({type, std::string(resource_name_of(arn))});
  }
  auto add = [&](const std::string& name, const char* type) {
    bool is_known = std::ranges::any_of(resources, [&](const Resource& known) { return known.name == name; });
    if (!name.empty() && !is_known) resources.push_back({type, name});
  };
  // Operations that bring their resource into being, or act on two, name them in what they say and answer.
  const Value& parameters = record.at("requestParameters");
  const Value& response = record.at("responseElements");
  add(response.at("accessKey").at("accessKeyId").str(), "AWS::IAM::AccessKey");
  if (record.at("eventSource").str() == "iam.amazonaws.com") {
    add(parameters.at("userName").str(), "AWS::IAM::User");
    add(parameters.at("roleName").str(), "AWS::IAM::Role");
    add(parameters.at("groupName").str(), "AWS::IAM::Group");
    add(parameters.at("accessKeyId").str(), "AWS::IAM::AccessKey");
    add(parameters.at("policyArn").str(), "AWS::IAM::Policy");
  }
  if (record.at("eventSource").str() == "sts.amazonaws.com") {
    add(response.at("credentials").at("accessKeyId").str(), "AWS::IAM::AccessKey");
    add(response.at("assumedRoleUser").at("arn").str(), "AWS::STS::AssumedRole");
  }
  if (record.at("eventSource").str() == "cloudtrail.amazonaws.com")
    add(parameters.at("s3BucketName").str(), "AWS::S3::Bucket");
  return resources;
}

Value show_event(const Value& record) {
  const Value& named = record.has("insightDetails") ? record.at("insightDetails") : record;
  Value event(Value::Map{{"EventId", record.at("eventID")}, {"EventName", named.at("eventName")}});
  if (record.at("readOnly").is_flag()) event.set("ReadOnly", record.at("readOnly").flag() ? "true" : "false");
  if (record.at("userIdentity").has("accessKeyId"))
    event.set("AccessKeyId", record.at("userIdentity").at("accessKeyId"));
  if (auto time_ms = base::parse_iso8601(record.at("eventTime").str())) event.set("EventTime", *time_ms);
  event.set("EventSource", named.at("eventSource"));
  if (std::string name = user_name_of(record); !name.empty()) event.set("Username", name);
  Value::List resources;
  for (Resource& resource : resources_of(record))
    resources.push_back(Value::Map{{"ResourceType", resource.type}, {"ResourceName", resource.name}});
  event.set("Resources", std::move(resources));
  event.set("CloudTrailEvent", base::to_json(record));
  return event;
}

}  // namespace cloudtrail
