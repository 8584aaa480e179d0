// How many exports and imports may be at work. Their steps are over before a script could ask for another one, so the
// rows are made here.
#include <gtest/gtest.h>

#include "kernel/testing.h"
#include "services/dynamodb/imports.h"

namespace dynamodb {
namespace {

using kernel::testing::TestCloud;
using M = Value::Map;
using L = Value::List;

template <class Row>
void put_rows(TestCloud& cloud, const store::Table<Row>& rows, std::int64_t at_work, std::int64_t over) {
  store::Transaction tx = cloud.cloud().store().begin(cloud.place());
  for (std::int64_t i = 0; i < at_work + over; ++i) {
    Row row;
    row.transfer.table = "other";
    row.transfer.label = std::to_string(i);
    row.transfer.status = i < at_work ? TransferStatus::kInProgress : TransferStatus::kFailed;
    tx.put(rows, transfer_key(row.transfer), row);
  }
  ASSERT_TRUE(cloud.cloud().store().commit(tx));
}

M table_named(const std::string& name) {
  return M{{"TableName", name},
           {"BillingMode", "PAY_PER_REQUEST"},
           {"AttributeDefinitions", L{M{{"AttributeName", "k"}, {"AttributeType", "S"}}}},
           {"KeySchema", L{M{{"AttributeName", "k"}, {"KeyType", "HASH"}}}}};
}

TEST(Transfers, FiftyImportsMayBeAtWork) {
  for (const bool is_full : {false, true}) {
    TestCloud cloud({service()});
    put_rows(cloud, kImports, is_full ? 50 : 49, 10);
    auto answer = cloud.call("dynamodb", "ImportTable",
                             M{{"S3BucketSource", M{{"S3Bucket", "source"}}},
                               {"InputFormat", "ION"},
                               {"TableCreationParameters", table_named("made")}});
    // There are no logs in this cloud, so what is let in is refused there.
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code == "LimitExceededException", is_full) << answer.error().code;
    if (is_full) {
      EXPECT_EQ(answer.error().message, "Subscriber limit exceeded: There is a limit of 50 concurrent imports");
    }
  }
}

TEST(Transfers, ThreeHundredExportsMayBeAtWork) {
  for (const bool is_full : {false, true}) {
    TestCloud cloud({service()});
    ASSERT_TRUE(cloud.call("dynamodb", "CreateTable", table_named("tab")));
    ASSERT_TRUE(cloud.call(
        "dynamodb", "UpdateContinuousBackups",
        M{{"TableName", "tab"}, {"PointInTimeRecoverySpecification", M{{"PointInTimeRecoveryEnabled", true}}}}));
    put_rows(cloud, kExports, is_full ? 300 : 299, 10);
    auto answer =
        cloud.call("dynamodb", "ExportTableToPointInTime",
                   M{{"TableArn", "arn:aws:dynamodb:us-east-1:000000000000:table/tab"}, {"S3Bucket", "exported"}});
    EXPECT_EQ(answer.has_value(), !is_full);
    if (is_full) {
      EXPECT_EQ(answer.error().code, "LimitExceededException");
      EXPECT_EQ(answer.error().message, "Subscriber limit exceeded: There is a limit of 300 concurrent exports");
    }
  }
}

}  // namespace
}  // namespace dynamodb
