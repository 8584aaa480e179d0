// What decisions need to know of groups and destinations.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
#include "base/arn.h"
#include "base/json.h"
#include "services/logs/group.h"

namespace logs {

namespace {

std::string logs_arn(const Call& call, std::string_view resource) {
  return fmt::format("arn:aws:logs:{}:{}:{}", call.place.region, call.place.account, resource);
}

std::string with_stream(std::string arn, const std::string& stream) {
  if (arn.ends_with(":*")) arn.resize(arn.size() - 2);
  return arn + ":log-stream:" + stream;
}

// Group and stream that the input names, in the form that AWS asks for: "log-group:name:log-stream:", also where no
// stream is meant, so that what allows a group's operations is "log-group:name:*".
std::string group_resource(const Call& call, const Value& input) {
  const std::string& stream = input.at("logStreamName").str();
  for (const char* member : {"logGroupIdentifier", "resourceIdentifier", "logGroupName"}) {
    const std::string& text = input.at(member).str();
    if (text.starts_with("arn:")) return with_stream(text, stream);
    if (!text.empty()) return with_stream(logs_arn(call, "log-group:" + text), stream);
  }
  return "";
}

// One document of all the policies; those that are no JSON were not taken.
std::string join_policies(const std::vector<std::string>& documents) {
  if (documents.size() == 1) return documents.front();
  Value::List statements;
  for (const std::string& text : documents) {
    const auto document = base::parse_json(text);
    if (!document) continue;
    const Value& part = document->at("Statement");
    if (part.is_map()) statements.push_back(part);
    for (const Value& statement : part.list()) statements.push_back(statement);
  }
  if (statements.empty()) return "";
  return base::to_json(Value::Map{{"Version", "2012-10-17"}, {"Statement", std::move(statements)}});
}

}  // namespace

std::string resource_of(Call& call, std::string_view operation, const Value& input) {
  for (std::string_view whole :
       {"DescribeDestinations", "DescribeExportTasks", "CancelExportTask", "ListLogGroups", "DescribeResourcePolicies",
        "DescribeAccountPolicies", "PutAccountPolicy", "DeleteAccountPolicy", "TestMetricFilter", "PutResourcePolicy",
        "DeleteResourcePolicy", "GetQueryResults", "StopQuery", "DescribeQueries", "ListLogGroupsForQuery",
        "PutQueryDefinition", "DeleteQueryDefinition", "DescribeQueryDefinitions"})
    if (operation == whole) return "*";
  if (input.has("resourceArn")) return input.at("resourceArn").str();
  if (input.has("deliveryDestinationArn"))
    return logs_arn(call, "delivery-source:" + input.at("deliverySourceName").str());
  if (operation.find("Deliver") != operation.npos && operation != "DescribeDeliveries") {
    if (input.has("deliveryDestinationName"))
      return logs_arn(call, "delivery-destination:" + input.at("deliveryDestinationName").str());
    if (input.has("id")) return logs_arn(call, "delivery:" + input.at("id").str());
    const bool is_source = operation.ends_with("Source");
    if (input.has("name"))
      return logs_arn(call, (is_source ? "delivery-source:" : "delivery-destination:") + input.at("name").str());
    return "*";
  }
  if (input.has("lookupTableArn")) return input.at("lookupTableArn").str();
  if (input.has("lookupTableName")) return logs_arn(call, "lookup-table:" + input.at("lookupTableName").str());
  if (input.has("destinationName")) return logs_arn(call, "destination:" + input.at("destinationName").str());
  if (operation == "TagLogGroup" || operation == "UntagLogGroup" || operation == "ListTagsLogGroup")
    return logs_arn(call, "log-group:" + input.at("logGroupName").str());
  if (operation == "GetLogRecord") {
    const auto pointer = read_pointer(input.at("logRecordPointer").str());
    return pointer ? with_stream(logs_arn(call, "log-group:" + pointer->group), "") : "*";
  }
  for (const char* member : {"logGroupIdentifiers", "logGroupNames"}) {
    const Value::List& groups = input.at(member).list();
    if (groups.empty()) continue;
    const std::string& first = groups.front().str();
    return with_stream(first.starts_with("arn:") ? first : logs_arn(call, "log-group:" + first), "");
  }
  if (std::string arn = group_resource(call, input); !arn.empty()) return arn;
  return operation == "DescribeLogGroups" || operation == "DescribeMetricFilters" || operation == "StartQuery"
             ? with_stream(logs_arn(call, "log-group:"), "")
             : "*";
}

std::string policy_for(Call& call, std::string_view arn) {
  const base::Arn parsed = base::Arn::parse(arn);
  const store::Transaction tx = call.tx.at({std::string(parsed.account), std::string(parsed.region)});
  if (parsed.resource.starts_with("destination:")) {
    const auto destination = tx.get(kDestinations, parsed.resource.substr(12));
    return destination ? destination->policy : "";
  }
  if (parsed.resource.starts_with("delivery-destination:")) {
    const auto destination = tx.get(kDeliveryDestinations, parsed.resource.substr(21));
    return destination ? destination->policy : "";
  }
  if (!parsed.resource.starts_with("log-group:")) return "";
  // The account's policies, and that of the group.
  std::vector<std::string> documents;
  const std::string group = group_name_of(arn);
  tx.scan(kResourcePolicies, store::Scan{}, [&](std::string_view, ResourcePolicy& policy) {
    if (policy.resource_arn.empty() || group_name_of(policy.resource_arn) == group)
      documents.push_back(std::move(policy.document));
  });
  return join_policies(documents);
}

kernel::Tags tags_of(Call& call, std::string_view arn) {
  const base::Arn parsed = base::Arn::parse(arn);
  const store::Transaction tx = call.tx.at({std::string(parsed.account), std::string(parsed.region)});
  if (parsed.resource.starts_with("destination:")) {
    const auto destination = tx.get(kDestinations, parsed.resource.substr(12));
    return destination ? kernel::Tags(destination->tags) : kernel::Tags();
  }
  if (parsed.resource.starts_with("delivery-destination:")) {
    const auto destination = tx.get(kDeliveryDestinations, parsed.resource.substr(21));
    return destination ? kernel::Tags(destination->tags) : kernel::Tags();
  }
  if (parsed.resource.starts_with("lookup-table:")) {
    const auto table = tx.get_shared(kLookupTables, parsed.resource.substr(13));
    return table ? kernel::Tags(table->tags) : kernel::Tags();
  }
  const auto group = tx.get_shared(kGroups, group_name_of(arn));
  return group ? kernel::Tags(group->tags) : kernel::Tags();
}

void each_policy(Call& call, const kernel::Place& place, const kernel::VisitResource& visit) {
  call.tx.at(place).scan(kDestinations, store::Scan{}, [&](std::string_view name, const Destination& row) {
    visit({.arn = fmt::format("arn:aws:logs:{}:{}:destination:{}", place.region, place.account, name),
           .type = "AWS::Logs::Destination",
           .policy = row.policy});
  });
}

}  // namespace logs
