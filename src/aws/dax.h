// The caches of DAX in front of DynamoDB's tables: what DAX sets up, and DynamoDB answers from when it is asked at the
// endpoint of a cluster.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/call.h"
#include "store/store.h"

namespace aws::dax {

using kernel::Call;

// A cluster, as its cache needs to know it.
struct Cache {
  std::string cluster;
  std::string id;                        // a cluster deleted and created again is another one
  std::int64_t ready_ms = 0;             // from when on it answers
  std::int64_t record_ttl_ms = 300'000;  // 0: items stay until they are written
  std::int64_t query_ttl_ms = 300'000;   // 0: results are not kept
  std::uint64_t generation = 0;          // grows when a reboot empties it

  static void fields(auto& self, auto& field) {
    field("cluster", self.cluster);
    field("id", self.id);
    field("ready_ms", self.ready_ms);
    field("record_ttl_ms", self.record_ttl_ms);
    field("query_ttl_ms", self.query_ttl_ms);
    field("generation", self.generation);
  }
};
// Key: cluster name.
inline constexpr store::Table<Cache> kCaches{"dax.caches"};

// What was answered. Of the item cache: the item, if there is one.
struct Cached {
  std::vector<std::string> items;  // see aws/dynamodb_item.h
  std::int64_t count = 0, scanned = 0;
  std::string last;       // LastEvaluatedKey; empty: none
  bool has_items = true;  // false: they were only counted
  std::int64_t at_ms = 0;

  static void fields(auto& self, auto& field) {
    field("items", self.items);
    field("count", self.count);
    field("scanned", self.scanned);
    field("last", self.last);
    field("has_items", self.has_items);
    field("at_ms", self.at_ms);
  }
};
// Key: cluster id, generation, table id, item's key, hash of the projection.
inline constexpr store::Table<Cached> kItemCache{"dax.items"};
// Key: cluster id, generation, table id, hash of the request.
inline constexpr store::Table<Cached> kQueryCache{"dax.queries"};

// How often a cluster did what, by the names of DAX's metrics: "ItemCacheHits". Key: cluster name, metric.
inline constexpr store::Counter kMetrics{"dax.metrics"};

// The cluster at whose endpoint the call came in; nothing for calls at DynamoDB's own, or when it is not ready.
std::optional<Cache> find_cache(Call& call);

// "my-cluster.a1b2c3.dax-clusters.us-east-1.localhost": the host of a cluster's endpoint for clients that reached us at
// `base_url`.
struct Endpoint {
  std::string address;
  std::int64_t port = 0;
  std::string url;
};
Endpoint endpoint_of(std::string_view cluster, std::string_view id, std::string_view region, std::string_view base_url);

}  // namespace aws::dax
