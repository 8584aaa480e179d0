// Parameter groups: how long caches keep what they have.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.cluster-management.html
#include <fmt/format.h>

#include <charconv>

#include "services/dax/state.h"

namespace dax {

namespace {

std::unexpected<base::Error> no_group(const std::string& name) {
  return error("ParameterGroupNotFoundFault", fmt::format("Parameter group {} not found.", name));
}

Value show_group(const ParameterGroup& group) {
  return Value::Map{{"ParameterGroupName", group.name}, {"Description", group.description}};
}

Value show_parameter(std::string_view name, std::string_view description, std::int64_t value, std::string_view source) {
  return Value::Map{{"ParameterName", name},
                    {"ParameterType", "DEFAULT"},
                    {"ParameterValue", std::to_string(value)},
                    {"NodeTypeSpecificValues", Value::List{}},
                    {"Description", description},
                    {"Source", source},
                    {"DataType", "integer"},
                    {"AllowedValues", "0-"},
                    {"IsModifiable", "TRUE"},
                    {"ChangeType", "IMMEDIATE"}};
}

Value show_parameters(const ParameterGroup& group, std::string_view source) {
  return Value::List{
      show_parameter("query-ttl-millis", "Duration in milliseconds for queries to remain cached", group.query_ttl_ms,
                     source),
      show_parameter("record-ttl-millis",
                     "Duration in milliseconds for records to remain valid in cache (Default: 0 = infinite)",
                     group.record_ttl_ms, source)};
}

bool is_used(Call& call, const std::string& name) {
  bool is_any = false;
  call.tx.scan(kClusters, "",
               [&](std::string_view, const Cluster& cluster) { is_any = is_any || cluster.parameter_group == name; });
  return is_any;
}

}  // namespace

Paging read_paging(In in) {
  Paging paging;
  if (in.has("NextToken")) paging.scan.after = in.str("NextToken");
  if (in.num("MaxResults") > 0) paging.limit = in.num("MaxResults");
  return paging;
}

base::Result<ParameterGroup> find_parameter_group(Call& call, const std::string& name) {
  if (name.empty() || name == kDefaultParameterGroup)
    return ParameterGroup{.name = std::string(kDefaultParameterGroup),
                          .description = "Default parameter group for dax1.0"};
  auto group = call.tx.get(kParameterGroups, name);
  if (!group) return no_group(name);
  return *std::move(group);
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_CreateParameterGroup.html
base::Result<Out> CreateParameterGroup(Call& call, In in) {
  const std::string& name = in.str("ParameterGroupName");
  if (name == kDefaultParameterGroup || call.tx.has(kParameterGroups, name))
    return error("ParameterGroupAlreadyExistsFault", fmt::format("Parameter group {} already exists.", name));
  const ParameterGroup group{.name = name, .description = in.str("Description")};
  call.tx.put(kParameterGroups, name, group);
  note_event(call, "PARAMETER_GROUP", name, "Parameter group created.");
  return Out{{"ParameterGroup", show_group(group)}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_UpdateParameterGroup.html
base::Result<Out> UpdateParameterGroup(Call& call, In in) {
  const std::string& name = in.str("ParameterGroupName");
  if (name == kDefaultParameterGroup)
    return error("InvalidParameterGroupStateFault", "The default parameter group cannot be modified.");
  ParameterGroup group = TRY(find_parameter_group(call, name));
  for (const Value& given : in.list("ParameterNameValues")) {
    const std::string &parameter = given.at("ParameterName").str(), &text = given.at("ParameterValue").str();
    std::int64_t value = -1;
    const auto [rest, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || rest != text.data() + text.size() || value < 0)
      return error("InvalidParameterValueException",
                   fmt::format("Invalid value for parameter {}: {}", parameter, text));
    if (parameter == "record-ttl-millis") {
      group.record_ttl_ms = value;
    } else if (parameter == "query-ttl-millis") {
      group.query_ttl_ms = value;
    } else {
      return error("InvalidParameterValueException", fmt::format("Unknown parameter: {}", parameter));
    }
  }
  call.tx.put(kParameterGroups, name, group);
  std::vector<Cluster> users;
  call.tx.scan(kClusters, "", [&](std::string_view, Cluster& cluster) {
    if (cluster.parameter_group == name && cluster.deleted_ms == 0) users.push_back(std::move(cluster));
  });
  for (const Cluster& cluster : users) put_cluster(call, cluster);
  note_event(call, "PARAMETER_GROUP", name, "Parameter group modified.");
  return Out{{"ParameterGroup", show_group(group)}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_DeleteParameterGroup.html
base::Result<Out> DeleteParameterGroup(Call& call, In in) {
  const std::string& name = in.str("ParameterGroupName");
  TRY_VOID(find_parameter_group(call, name));
  if (name == kDefaultParameterGroup)
    return error("InvalidParameterGroupStateFault", "The default parameter group cannot be deleted.");
  if (is_used(call, name))
    return error("InvalidParameterGroupStateFault", fmt::format("Parameter group {} is in use.", name));
  call.tx.erase(kParameterGroups, name);
  note_event(call, "PARAMETER_GROUP", name, "Parameter group deleted.");
  return Out{{"DeletionMessage", fmt::format("Parameter group {} has been deleted.", name)}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_DescribeParameterGroups.html
base::Result<Out> DescribeParameterGroups(Call& call, In in) {
  Value::List groups;
  Out out;
  if (in.list("ParameterGroupNames").empty()) {
    const Paging paging = read_paging(in);
    bool has_more = false;
    if (!in.has("NextToken")) groups.push_back(show_group(TRY(find_parameter_group(call, ""))));
    call.tx.scan(kParameterGroups, paging.scan, [&](std::string_view, const ParameterGroup& group) {
      has_more = std::ssize(groups) >= paging.limit;
      if (!has_more) groups.push_back(show_group(group));
      return !has_more;
    });
    const std::string& last = groups.empty() ? "" : groups.back().at("ParameterGroupName").str();
    if (has_more) out.set("NextToken", last == kDefaultParameterGroup ? "" : last);
  }
  for (const Value& name : in.list("ParameterGroupNames"))
    groups.push_back(show_group(TRY(find_parameter_group(call, name.str()))));
  out.set("ParameterGroups", std::move(groups));
  return out;
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_DescribeParameters.html
base::Result<Out> DescribeParameters(Call& call, In in) {
  const ParameterGroup group = TRY(find_parameter_group(call, in.str("ParameterGroupName")));
  return Out{{"Parameters", show_parameters(group, group.name == kDefaultParameterGroup ? "system" : "user")}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_DescribeDefaultParameters.html
base::Result<Out> DescribeDefaultParameters(Call&, In) {
  return Out{{"Parameters", show_parameters(ParameterGroup{}, "system")}};
}

}  // namespace dax
