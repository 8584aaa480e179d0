// Clusters: making, describing, changing and deleting them.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "kernel/authorization.h"
#include "services/dax/state.h"

namespace dax {

namespace {

constexpr std::int64_t kDeletingMs = 5'000;
constexpr std::size_t kNameCharactersMax = 20;
constexpr std::array<std::string_view, 6> kNodeTypes{"dax.r4.",  "dax.r5.", "dax.r6g.",
                                                     "dax.r7i.", "dax.t2.", "dax.t3."};

// "A name must contain from 1 to 20 alphanumeric characters or hyphens. The first character must be a letter. A name
// cannot end with a hyphen or contain two consecutive hyphens."
bool is_cluster_name(std::string_view name) {
  if (name.empty() || name.size() > kNameCharactersMax || std::isalpha(static_cast<unsigned char>(name[0])) == 0)
    return false;
  if (name.ends_with('-') || name.find("--") != std::string_view::npos) return false;
  return std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-'; });
}

std::unexpected<base::Error> invalid_value(std::string message) {
  return error("InvalidParameterValueException", std::move(message));
}

base::Result<void> check_cluster(Call& call, In in) {
  if (!is_cluster_name(in.str("ClusterName")))
    return invalid_value(
        "Cluster ID specified is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII "
        "letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.");
  if (std::ranges::none_of(kNodeTypes, [&](std::string_view kind) { return in.str("NodeType").starts_with(kind); }))
    return invalid_value("Invalid node type: " + in.str("NodeType"));
  if (in.num("ReplicationFactor") < 1) return invalid_value("Replication factor must be at least 1.");
  if (in.num("ReplicationFactor") > static_cast<std::int64_t>(kNodesMax))
    return error("NodeQuotaForClusterExceededFault",
                 fmt::format("A cluster cannot have more than {} nodes.", kNodesMax));
  const auto zones = in.list("AvailabilityZones").size();
  if (zones != 0 && zones != static_cast<std::size_t>(in.num("ReplicationFactor")))
    return invalid_value("The number of Availability Zones must be equal to the replication factor.");
  if (!in.str("IamRoleArn").starts_with("arn:aws:iam::"))
    return invalid_value("Invalid IAM role ARN: " + in.str("IamRoleArn"));
  return kernel::authorize_pass_role(call, in.str("IamRoleArn"), "dax.amazonaws.com",
                                     cluster_arn(call, in.str("ClusterName")));
}

std::string_view status_of(const Call& call, const Cluster& cluster) {
  if (cluster.deleted_ms != 0) return "deleting";
  if (call.now_ms() >= cluster.ready_ms) return "available";
  return cluster.ready_ms == cluster.created_ms + kCreatingMs ? "creating" : "modifying";
}

Value show_endpoint(const Call& call, const Cluster& cluster, std::string_view first_label) {
  const aws::dax::Endpoint endpoint =
      aws::dax::endpoint_of(first_label, cluster.id, call.place.region, call.request.base_url);
  return Value::Map{{"Address", endpoint.address}, {"Port", endpoint.port}, {"URL", endpoint.url}};
}

Value show_node(const Call& call, const Cluster& cluster, const Node& node) {
  const bool is_ready = call.now_ms() >= node.ready_ms;
  const bool is_new = node.ready_ms == node.created_ms + kCreatingMs;
  Value shown(Value::Map{{"NodeId", node.id},
                         {"NodeCreateTime", node.created_ms},
                         {"AvailabilityZone", node.zone},
                         {"NodeStatus", cluster.deleted_ms != 0 ? "deleting"
                                        : is_ready              ? "available"
                                        : is_new                ? "creating"
                                                                : "rebooting"},
                         {"ParameterGroupStatus", "in-sync"}});
  if (is_ready) shown.set("Endpoint", show_endpoint(call, cluster, cluster.name));
  return shown;
}

}  // namespace

std::string cluster_arn(const Call& call, std::string_view name) {
  return call.arn("dax", fmt::format("cache/{}", name));
}

bool is_available(const Call& call, const Cluster& cluster) { return status_of(call, cluster) == "available"; }

Value show_cluster(const Call& call, const Cluster& cluster) {
  Value::List nodes, groups;
  for (const Node& node : cluster.nodes) nodes.push_back(show_node(call, cluster, node));
  for (const std::string& group : cluster.security_groups)
    groups.push_back(Value::Map{{"SecurityGroupIdentifier", group}, {"Status", "active"}});
  const auto active =
      std::ranges::count_if(cluster.nodes, [&](const Node& node) { return call.now_ms() >= node.ready_ms; });
  Value shown(Value::Map{{"ClusterName", cluster.name},
                         {"ClusterArn", cluster_arn(call, cluster.name)},
                         {"TotalNodes", std::ssize(cluster.nodes)},
                         {"ActiveNodes", active},
                         {"NodeType", cluster.node_type},
                         {"Status", status_of(call, cluster)},
                         {"ClusterDiscoveryEndpoint", show_endpoint(call, cluster, cluster.name)},
                         {"Nodes", std::move(nodes)},
                         {"PreferredMaintenanceWindow", cluster.maintenance_window},
                         {"SubnetGroup", cluster.subnet_group},
                         {"SecurityGroups", std::move(groups)},
                         {"IamRoleArn", cluster.role_arn},
                         {"ParameterGroup", Value::Map{{"ParameterGroupName", cluster.parameter_group},
                                                       {"ParameterApplyStatus", "in-sync"},
                                                       {"NodeIdsToReboot", Value::List{}}}},
                         {"SSEDescription", Value::Map{{"Status", cluster.is_encrypted ? "ENABLED" : "DISABLED"}}},
                         {"ClusterEndpointEncryptionType", cluster.endpoint_encryption},
                         {"NetworkType", cluster.network_type}});
  if (!cluster.description.empty()) shown.set("Description", cluster.description);
  if (!cluster.topic_arn.empty())
    shown.set("NotificationConfiguration",
              Value::Map{{"TopicArn", cluster.topic_arn}, {"TopicStatus", cluster.topic_status}});
  return shown;
}

void add_node(Call& call, Cluster& cluster, const std::string& zone) {
  const auto number = cluster.nodes_made++;
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";
  std::string suffix(1, kLetters[number % kLetters.size()]);
  if (number >= kLetters.size()) suffix += std::to_string(number / kLetters.size());
  constexpr std::uint64_t kZones = 3;
  cluster.nodes.push_back({.id = cluster.name + "-" + suffix,
                           .zone = zone.empty() ? call.place.region + std::string(1, kLetters[number % kZones]) : zone,
                           .created_ms = call.now_ms(),
                           .ready_ms = call.now_ms() + kCreatingMs});
}

void put_cluster(Call& call, const Cluster& cluster) {
  call.tx.put(kClusters, cluster.name, cluster);
  aws::dax::Cache cache = call.tx.get(aws::dax::kCaches, cluster.name).value_or(aws::dax::Cache{});
  cache.cluster = cluster.name;
  cache.id = cluster.id;
  cache.ready_ms = cluster.created_ms + kCreatingMs;
  if (const auto group = find_parameter_group(call, cluster.parameter_group)) {
    cache.record_ttl_ms = group->record_ttl_ms;
    cache.query_ttl_ms = group->query_ttl_ms;
  }
  call.tx.put(aws::dax::kCaches, cluster.name, cache);
}

base::Result<Cluster> find_cluster(Call& call, const std::string& name) {
  auto cluster = call.tx.get(kClusters, name);
  if (!cluster) return error("ClusterNotFoundFault", fmt::format("Cluster {} not found.", name));
  return *std::move(cluster);
}

base::Result<Cluster> find_available_cluster(Call& call, const std::string& name) {
  Cluster cluster = TRY(find_cluster(call, name));
  if (is_available(call, cluster)) return cluster;
  return error("InvalidClusterStateFault", fmt::format("Cluster {} is not in the available state.", name));
}

// Key: account, region, name, id. All that was cached goes with the cluster.
base::Result<void> forget_cluster_step(Call& call, std::string_view key) {
  constexpr std::size_t kRowsPerStep = 500;
  store::KeyReader parts(key);
  const store::Transaction tx = call.tx.at({parts.text(), parts.text()});
  const std::string name = parts.text(), id = parts.text();
  const auto cluster = tx.get(kClusters, name);
  if (cluster && cluster->id == id) {
    tx.erase(kClusters, name);
    tx.erase(aws::dax::kCaches, name);
  }
  const std::string prefix = store::key(std::string_view(id));
  if (tx.erase_all(aws::dax::kItemCache, prefix, kRowsPerStep) == kRowsPerStep ||
      tx.erase_all(aws::dax::kQueryCache, prefix, kRowsPerStep) == kRowsPerStep)
    call.arm(kForgetCluster, call.now, key);
  return {};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_CreateCluster.html
base::Result<Out> CreateCluster(Call& call, In in) {
  TRY_VOID(check_cluster(call, in));
  if (call.tx.has(kClusters, in.str("ClusterName")))
    return error("ClusterAlreadyExistsFault", fmt::format("Cluster {} already exists.", in.str("ClusterName")));
  Cluster cluster{.name = in.str("ClusterName"),
                  .id = call.random_text(6, "abcdefghijklmnopqrstuvwxyz0123456789"),
                  .description = in.str("Description"),
                  .node_type = in.str("NodeType"),
                  .role_arn = in.str("IamRoleArn"),
                  .created_ms = call.now_ms(),
                  .ready_ms = call.now_ms() + kCreatingMs};
  cluster.parameter_group = TRY(find_parameter_group(call, in.str("ParameterGroupName"))).name;
  cluster.subnet_group = TRY(find_subnet_group(call, in.str("SubnetGroupName"))).name;
  for (const Value& group : in.list("SecurityGroupIds")) cluster.security_groups.push_back(group.str());
  if (cluster.security_groups.empty()) cluster.security_groups.emplace_back("default");
  cluster.maintenance_window =
      in.has("PreferredMaintenanceWindow") ? in.str("PreferredMaintenanceWindow") : "thu:23:30-fri:00:30";
  cluster.topic_arn = in.str("NotificationTopicArn");
  if (!cluster.topic_arn.empty()) cluster.topic_status = "active";
  cluster.is_encrypted = in["SSESpecification"].at("Enabled").flag();
  cluster.endpoint_encryption =
      in.has("ClusterEndpointEncryptionType") ? in.str("ClusterEndpointEncryptionType") : "NONE";
  cluster.network_type = in.has("NetworkType") ? in.str("NetworkType") : "ipv4";
  TRY_VOID(add_tags(in.list("Tags"), cluster.tags));
  for (std::int64_t i = 0; i < in.num("ReplicationFactor"); ++i)
    add_node(
        call, cluster,
        in.list("AvailabilityZones").empty() ? "" : in.list("AvailabilityZones")[static_cast<std::size_t>(i)].str());
  put_cluster(call, cluster);
  note_event(call, "CLUSTER", cluster.name, "Cluster created.");
  return Out{{"Cluster", show_cluster(call, cluster)}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_DescribeClusters.html
base::Result<Out> DescribeClusters(Call& call, In in) {
  Value::List clusters;
  Out out;
  if (in.list("ClusterNames").empty()) {
    const Paging paging = read_paging(in);
    bool has_more = false;
    call.tx.scan(kClusters, paging.scan, [&](std::string_view, const Cluster& cluster) {
      has_more = std::ssize(clusters) == paging.limit;
      if (!has_more) clusters.push_back(show_cluster(call, cluster));
      return !has_more;
    });
    if (has_more) out.set("NextToken", clusters.back().at("ClusterName"));
  }
  for (const Value& name : in.list("ClusterNames"))
    clusters.push_back(show_cluster(call, TRY(find_cluster(call, name.str()))));
  out.set("Clusters", std::move(clusters));
  return out;
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_UpdateCluster.html
base::Result<Out> UpdateCluster(Call& call, In in) {
  Cluster cluster = TRY(find_available_cluster(call, in.str("ClusterName")));
  if (in.has("Description")) cluster.description = in.str("Description");
  if (in.has("PreferredMaintenanceWindow")) cluster.maintenance_window = in.str("PreferredMaintenanceWindow");
  if (in.has("NotificationTopicArn")) {
    cluster.topic_arn = in.str("NotificationTopicArn");
    cluster.topic_status = "active";
  }
  if (in.has("NotificationTopicStatus")) cluster.topic_status = in.str("NotificationTopicStatus");
  if (in.has("ParameterGroupName"))
    cluster.parameter_group = TRY(find_parameter_group(call, in.str("ParameterGroupName"))).name;
  if (!in.list("SecurityGroupIds").empty()) {
    cluster.security_groups.clear();
    for (const Value& group : in.list("SecurityGroupIds")) cluster.security_groups.push_back(group.str());
  }
  put_cluster(call, cluster);
  note_event(call, "CLUSTER", cluster.name, "Cluster modified.");
  return Out{{"Cluster", show_cluster(call, cluster)}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_DeleteCluster.html
base::Result<Out> DeleteCluster(Call& call, In in) {
  Cluster cluster = TRY(find_available_cluster(call, in.str("ClusterName")));
  cluster.deleted_ms = call.now_ms();
  call.tx.put(kClusters, cluster.name, cluster);
  call.tx.erase(aws::dax::kCaches, cluster.name);
  call.arm(kForgetCluster, call.now + kernel::Millis(kDeletingMs),
           store::key(std::string_view(call.place.account), std::string_view(call.place.region),
                      std::string_view(cluster.name), std::string_view(cluster.id)));
  note_event(call, "CLUSTER", cluster.name, "Cluster deleted.");
  return Out{{"Cluster", show_cluster(call, cluster)}};
}

}  // namespace dax
