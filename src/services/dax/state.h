#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "api/dax.h"
#include "aws/dax.h"

// What DAX remembers: clusters, and the groups of parameters and subnets that they use.
namespace dax {

using base::Value;

struct Node {
  std::string id;  // "my-cluster-a"
  std::string zone;
  std::int64_t created_ms = 0;
  std::int64_t ready_ms = 0;  // creating or rebooting until then

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("zone", self.zone);
    field("created_ms", self.created_ms);
    field("ready_ms", self.ready_ms);
  }
};

struct Cluster {
  std::string name;
  std::string id;  // in its endpoint
  std::string description, node_type, role_arn;
  std::vector<Node> nodes;
  std::string subnet_group, parameter_group;
  std::vector<std::string> security_groups;
  std::string maintenance_window;
  std::string topic_arn, topic_status;  // empty: nobody is notified
  bool is_encrypted = false;
  std::string endpoint_encryption;  // "NONE", "TLS"
  std::string network_type;
  std::map<std::string, std::string> tags;
  std::int64_t created_ms = 0;
  std::int64_t ready_ms = 0;    // creating or being modified until then
  std::int64_t deleted_ms = 0;  // being deleted since; 0: it is not
  std::uint64_t nodes_made = 0;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("id", self.id);
    field("description", self.description);
    field("node_type", self.node_type);
    field("role_arn", self.role_arn);
    field("nodes", self.nodes);
    field("subnet_group", self.subnet_group);
    field("parameter_group", self.parameter_group);
    field("security_groups", self.security_groups);
    field("maintenance_window", self.maintenance_window);
    field("topic_arn", self.topic_arn);
    field("topic_status", self.topic_status);
    field("is_encrypted", self.is_encrypted);
    field("endpoint_encryption", self.endpoint_encryption);
    field("network_type", self.network_type);
    field("tags", self.tags);
    field("created_ms", self.created_ms);
    field("ready_ms", self.ready_ms);
    field("deleted_ms", self.deleted_ms);
    field("nodes_made", self.nodes_made);
  }
};
// Key: name.
inline constexpr store::Table<Cluster> kClusters{"dax.clusters"};

struct ParameterGroup {
  std::string name, description;
  std::int64_t record_ttl_ms = 300'000;
  std::int64_t query_ttl_ms = 300'000;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("description", self.description);
    field("record_ttl_ms", self.record_ttl_ms);
    field("query_ttl_ms", self.query_ttl_ms);
  }
};
// Key: name. The default group is not kept.
inline constexpr store::Table<ParameterGroup> kParameterGroups{"dax.parameter_groups"};
inline constexpr std::string_view kDefaultParameterGroup = "default.dax1.0";

struct SubnetGroup {
  std::string name, description;
  std::vector<std::string> subnets;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("description", self.description);
    field("subnets", self.subnets);
  }
};
// Key: name. The default group is not kept.
inline constexpr store::Table<SubnetGroup> kSubnetGroups{"dax.subnet_groups"};
inline constexpr std::string_view kDefaultSubnetGroup = "default";

// What happened to a cluster or a group. Kept for 14 days.
struct Event {
  std::string source, type, message;
  std::int64_t at_ms = 0;

  static void fields(auto& self, auto& field) {
    field("source", self.source);
    field("type", self.type);
    field("message", self.message);
    field("at_ms", self.at_ms);
  }
};
// Key: when, sequence.
inline constexpr store::Table<Event> kEvents{"dax.events"};

// ---- clusters.cc
inline constexpr std::size_t kNodesMax = 11;        // "a primary node and up to ten read replicas"
inline constexpr std::int64_t kCreatingMs = 5'000;  // until a cluster or node is there
// Errors: ClusterNotFoundFault.
base::Result<Cluster> find_cluster(Call& call, const std::string& name);
// Likewise, and InvalidClusterStateFault when it is not available.
base::Result<Cluster> find_available_cluster(Call& call, const std::string& name);
bool is_available(const Call& call, const Cluster& cluster);
Value show_cluster(const Call& call, const Cluster& cluster);
void add_node(Call& call, Cluster& cluster, const std::string& zone);
// Keeps the cluster, and what its cache needs to know.
void put_cluster(Call& call, const Cluster& cluster);
std::string cluster_arn(const Call& call, std::string_view name);
base::Result<void> forget_cluster_step(Call& call, std::string_view key);
inline constexpr kernel::Timer kForgetCluster{"dax.forget_cluster", forget_cluster_step};

// ---- parameter_groups.cc, subnet_groups.cc
base::Result<ParameterGroup> find_parameter_group(Call& call, const std::string& name);
base::Result<SubnetGroup> find_subnet_group(Call& call, const std::string& name);

// ---- events.cc
void note_event(Call& call, std::string_view type, const std::string& source, std::string message);

// ---- tags.cc
base::Result<void> add_tags(const Value::List& given, std::map<std::string, std::string>& tags);

// A page of names after NextToken, MaxResults at most.
struct Paging {
  store::Scan scan;
  std::int64_t limit = 100;
};
Paging read_paging(In in);

}  // namespace dax
