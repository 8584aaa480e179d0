// A table for simulations, and how to read all of it.
#pragma once

#include "api/dynamodb.h"
#include "kernel/simulation.h"

namespace dynamodb {

using base::Value;
using kernel::testing::TestCloud;
using M = Value::Map;
using L = Value::List;

// CreateTable's input: items have a key "p", and those with a "g" stand in the index "by-g".
inline Value grouped_table(const std::string& name, M more = {}) {
  Value table(M{{"TableName", name},
                {"BillingMode", "PAY_PER_REQUEST"},
                {"AttributeDefinitions", L{M{{"AttributeName", "p"}, {"AttributeType", "S"}},
                                           M{{"AttributeName", "g"}, {"AttributeType", "S"}}}},
                {"KeySchema", L{M{{"AttributeName", "p"}, {"KeyType", "HASH"}}}},
                {"GlobalSecondaryIndexes", L{M{{"IndexName", "by-g"},
                                               {"KeySchema", L{M{{"AttributeName", "g"}, {"KeyType", "HASH"}}}},
                                               {"Projection", M{{"ProjectionType", "ALL"}}}}}}});
  for (auto& [member, value] : more) table.set(member, std::move(value));
  return table;
}

// All pages of a scan, which are small.
inline L scan_all(TestCloud& cloud, const M& parameters) {
  L found;
  Value page(parameters);
  page.set("Limit", 5);
  for (;;) {
    auto answer = cloud.call("dynamodb", "Scan", page);
    EXPECT_TRUE(answer);
    if (!answer) return found;
    for (const Value& item : answer->at("Items").list()) found.push_back(item);
    if (!answer->has("LastEvaluatedKey")) return found;
    page.set("ExclusiveStartKey", answer->at("LastEvaluatedKey"));
  }
}

// All records of a stream: shard by shard, parents before their children.
inline L read_stream(TestCloud& cloud, const std::string& arn) {
  L records;
  M parameters{{"StreamArn", arn}};
  auto described = cloud.call("dynamodbstreams", "DescribeStream", parameters);
  EXPECT_TRUE(described);
  if (!described) return records;
  for (const Value& shard : described->at("StreamDescription").at("Shards").list()) {
    auto begun =
        cloud.call("dynamodbstreams", "GetShardIterator",
                   M{{"StreamArn", arn}, {"ShardId", shard.at("ShardId")}, {"ShardIteratorType", "TRIM_HORIZON"}});
    EXPECT_TRUE(begun);
    std::string iterator = begun ? begun->at("ShardIterator").str() : "";
    while (!iterator.empty()) {
      auto page = cloud.call("dynamodbstreams", "GetRecords", M{{"ShardIterator", iterator}, {"Limit", 7}});
      EXPECT_TRUE(page);
      if (!page || page->at("Records").list().empty()) break;
      for (const Value& record : page->at("Records").list()) records.push_back(record);
      iterator = page->at("NextShardIterator").str();
    }
  }
  return records;
}

}  // namespace dynamodb
