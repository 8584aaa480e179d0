// The nodes of clusters: one that writes, the others for reading. They share one cache here.
#include <fmt/format.h>

#include <algorithm>

#include "services/dax/state.h"

namespace dax {

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_IncreaseReplicationFactor.html
base::Result<Out> IncreaseReplicationFactor(Call& call, In in) {
  Cluster cluster = TRY(find_available_cluster(call, in.str("ClusterName")));
  const std::int64_t wished = in.num("NewReplicationFactor"), had = std::ssize(cluster.nodes);
  if (wished > static_cast<std::int64_t>(kNodesMax))
    return error("NodeQuotaForClusterExceededFault",
                 fmt::format("A cluster cannot have more than {} nodes.", kNodesMax));
  if (wished <= had)
    return error("InvalidParameterValueException",
                 fmt::format("The new replication factor must be greater than the current one, which is {}.", had));
  const Value::List& zones = in.list("AvailabilityZones");
  if (!zones.empty() && std::ssize(zones) != wished - had)
    return error("InvalidParameterValueException",
                 "The number of Availability Zones must be equal to the number of nodes to be added.");
  for (std::int64_t i = had; i < wished; ++i)
    add_node(call, cluster, zones.empty() ? "" : zones[static_cast<std::size_t>(i - had)].str());
  cluster.ready_ms = call.now_ms() + kCreatingMs;
  put_cluster(call, cluster);
  note_event(call, "CLUSTER", cluster.name, fmt::format("Replication factor increased to {}.", wished));
  return Out{{"Cluster", show_cluster(call, cluster)}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_DecreaseReplicationFactor.html
base::Result<Out> DecreaseReplicationFactor(Call& call, In in) {
  Cluster cluster = TRY(find_available_cluster(call, in.str("ClusterName")));
  const std::int64_t wished = in.num("NewReplicationFactor"), had = std::ssize(cluster.nodes);
  if (wished < 1 || wished >= had)
    return error(
        "InvalidParameterValueException",
        fmt::format("The new replication factor must be at least 1 and less than the current one, which is {}.", had));
  const Value::List& named = in.list("NodeIdsToRemove");
  if (!named.empty() && std::ssize(named) != had - wished)
    return error("InvalidParameterCombinationException",
                 "The number of nodes to be removed does not fit the new replication factor.");
  for (const Value& id : named) {
    auto node = std::ranges::find(cluster.nodes, id.str(), &Node::id);
    if (node == cluster.nodes.end()) return error("NodeNotFoundFault", fmt::format("Node {} not found.", id.str()));
    cluster.nodes.erase(node);
  }
  cluster.nodes.resize(static_cast<std::size_t>(wished));
  cluster.ready_ms = call.now_ms() + kCreatingMs;
  put_cluster(call, cluster);
  note_event(call, "CLUSTER", cluster.name, fmt::format("Replication factor decreased to {}.", wished));
  return Out{{"Cluster", show_cluster(call, cluster)}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_RebootNode.html
base::Result<Out> RebootNode(Call& call, In in) {
  Cluster cluster = TRY(find_available_cluster(call, in.str("ClusterName")));
  auto node = std::ranges::find(cluster.nodes, in.str("NodeId"), &Node::id);
  if (node == cluster.nodes.end())
    return error("NodeNotFoundFault", fmt::format("Node {} not found.", in.str("NodeId")));
  node->ready_ms = call.now_ms() + kCreatingMs + 1;
  put_cluster(call, cluster);
  // A node's cache is empty after a reboot. There is one cache for all nodes.
  aws::dax::Cache cache = *call.tx.get(aws::dax::kCaches, cluster.name);
  cache.generation = call.next_sequence();
  call.tx.put(aws::dax::kCaches, cluster.name, cache);
  note_event(call, "CLUSTER", cluster.name, fmt::format("Node {} rebooted.", in.str("NodeId")));
  return Out{{"Cluster", show_cluster(call, cluster)}};
}

}  // namespace dax
