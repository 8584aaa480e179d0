// Subnet groups: where clusters are.
#include <fmt/format.h>

#include "services/dax/state.h"

namespace dax {

namespace {

// LIMIT: there is no EC2 here, so subnets are taken as they are named.
base::Result<std::vector<std::string>> read_subnets(const Value::List& given) {
  std::vector<std::string> subnets;
  for (const Value& id : given) {
    if (!id.str().starts_with("subnet-"))
      return error("InvalidSubnet", fmt::format("Subnet {} is not valid.", id.str()));
    subnets.push_back(id.str());
  }
  if (subnets.empty()) return error("InvalidSubnet", "At least one subnet must be specified.");
  return subnets;
}

Value show_group(const SubnetGroup& group) {
  Value::List subnets;
  for (const std::string& id : group.subnets)
    subnets.push_back(Value::Map{{"SubnetIdentifier", id}, {"SupportedNetworkTypes", Value::List{"ipv4"}}});
  return Value::Map{{"SubnetGroupName", group.name},
                    {"Description", group.description},
                    {"Subnets", std::move(subnets)},
                    {"SupportedNetworkTypes", Value::List{"ipv4"}}};
}

}  // namespace

base::Result<SubnetGroup> find_subnet_group(Call& call, const std::string& name) {
  if (name.empty() || name == kDefaultSubnetGroup)
    return SubnetGroup{
        .name = std::string(kDefaultSubnetGroup), .description = "Default CacheSubnetGroup", .subnets = {}};
  auto group = call.tx.get(kSubnetGroups, name);
  if (!group) return error("SubnetGroupNotFoundFault", fmt::format("Subnet group {} not found.", name));
  return *std::move(group);
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_CreateSubnetGroup.html
base::Result<Out> CreateSubnetGroup(Call& call, In in) {
  const std::string& name = in.str("SubnetGroupName");
  if (name == kDefaultSubnetGroup || call.tx.has(kSubnetGroups, name))
    return error("SubnetGroupAlreadyExistsFault", fmt::format("Subnet group {} already exists.", name));
  const SubnetGroup group{name, in.str("Description"), TRY(read_subnets(in.list("SubnetIds")))};
  call.tx.put(kSubnetGroups, name, group);
  note_event(call, "SUBNET_GROUP", name, "Subnet group created.");
  return Out{{"SubnetGroup", show_group(group)}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_UpdateSubnetGroup.html
base::Result<Out> UpdateSubnetGroup(Call& call, In in) {
  SubnetGroup group = TRY(find_subnet_group(call, in.str("SubnetGroupName")));
  if (in.has("Description")) group.description = in.str("Description");
  if (!in.list("SubnetIds").empty()) group.subnets = TRY(read_subnets(in.list("SubnetIds")));
  call.tx.put(kSubnetGroups, group.name, group);
  note_event(call, "SUBNET_GROUP", group.name, "Subnet group modified.");
  return Out{{"SubnetGroup", show_group(group)}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_DeleteSubnetGroup.html
base::Result<Out> DeleteSubnetGroup(Call& call, In in) {
  const SubnetGroup group = TRY(find_subnet_group(call, in.str("SubnetGroupName")));
  bool is_used = group.name == kDefaultSubnetGroup;
  call.tx.scan(kClusters, "", [&](std::string_view, const Cluster& cluster) {
    is_used = is_used || cluster.subnet_group == group.name;
  });
  if (is_used) return error("SubnetGroupInUseFault", fmt::format("Subnet group {} is in use.", group.name));
  call.tx.erase(kSubnetGroups, group.name);
  note_event(call, "SUBNET_GROUP", group.name, "Subnet group deleted.");
  return Out{{"DeletionMessage", fmt::format("Subnet group {} has been deleted.", group.name)}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_DescribeSubnetGroups.html
base::Result<Out> DescribeSubnetGroups(Call& call, In in) {
  Value::List groups;
  Out out;
  if (in.list("SubnetGroupNames").empty()) {
    const Paging paging = read_paging(in);
    bool has_more = false;
    call.tx.scan(kSubnetGroups, paging.scan, [&](std::string_view, const SubnetGroup& group) {
      has_more = std::ssize(groups) == paging.limit;
      if (!has_more) groups.push_back(show_group(group));
      return !has_more;
    });
    if (has_more) out.set("NextToken", groups.back().at("SubnetGroupName"));
  }
  for (const Value& name : in.list("SubnetGroupNames"))
    groups.push_back(show_group(TRY(find_subnet_group(call, name.str()))));
  out.set("SubnetGroups", std::move(groups));
  return out;
}

}  // namespace dax
