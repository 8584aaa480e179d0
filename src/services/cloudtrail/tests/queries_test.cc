#include <gtest/gtest.h>

#include "api/cloudtrail.h"
#include "base/json.h"
#include "kernel/testing.h"

// Queries over event data stores, the way people write them, the samples of CloudTrail's guide among them.
namespace cloudtrail {
namespace {

using base::Value;
using namespace std::chrono_literals;

class Queries : public ::testing::Test {
 protected:
  Queries() {
    auto made = cloud.call("cloudtrail", "CreateEventDataStore",
                           Value::Map{{"Name", "events"}, {"TerminationProtectionEnabled", false}});
    arn = made->at("EventDataStoreArn").str();
    id = arn.substr(arn.rfind('/') + 1);
    cloud.advance(1h);
    auto trail = cloud.call("cloudtrail", "CreateTrail", Value::Map{{"Name", "audit"}, {"S3BucketName", "logs"}});
    EXPECT_TRUE(trail);
    cloud.advance(24h);
    cloud.become({.type = kernel::Principal::Type::kUser,
                  .account = "000000000000",
                  .arn = "arn:aws:iam::000000000000:user/bob",
                  .user_id = "AIDA1"});
    EXPECT_FALSE(cloud.call("cloudtrail", "DeleteTrail", Value::Map{{"Name", "audit"}}));
    cloud.become(kernel::Principal::root("000000000000"));
  }

  std::string start(std::string sql) {
    for (std::size_t at; (at = sql.find("$EDS")) != sql.npos;) sql.replace(at, 4, id);
    auto started = cloud.call("cloudtrail", "StartQuery", Value::Map{{"QueryStatement", sql}});
    return started ? started->at("QueryId").str() : started.error().code + ": " + started.error().message;
  }
  // Rows as "a|b", one a line.
  std::string ask(const std::string& sql) {
    std::string query = start(sql);
    auto read = cloud.call("cloudtrail", "GetQueryResults", Value::Map{{"QueryId", query}});
    if (!read) return query;
    if (read->at("QueryStatus").str() != "FINISHED")
      return read->at("QueryStatus").str() + ": " + read->at("ErrorMessage").str();
    std::string text;
    for (const Value& row : read->at("QueryResultRows").list()) {
      std::string line;
      for (const Value& column : row.list()) line += (line.empty() ? "" : "|") + column.map()[0].second.str();
      text += (text.empty() ? "" : "\n") + line;
    }
    return text;
  }

  kernel::testing::TestCloud cloud{{service()}};
  std::string arn, id;
};

TEST_F(Queries, ChooseRowsAndColumns) {
  EXPECT_EQ(ask("SELECT eventName, awsRegion FROM $EDS ORDER BY eventTime"),
            "CreateEventDataStore|us-east-1\nCreateTrail|us-east-1\nDeleteTrail|us-east-1");
  EXPECT_EQ(ask("select EVENTNAME from $EDS where eventname = 'CreateTrail';"), "CreateTrail");
  EXPECT_EQ(ask("SELECT eventName FROM \"" + id + "\" WHERE errorCode IS NOT NULL"), "DeleteTrail");
}

TEST_F(Queries, ReachIntoStructures) {
  EXPECT_EQ(ask("SELECT userIdentity.arn, userIdentity.username FROM $EDS WHERE userIdentity.type = 'IAMUser'"),
            "arn:aws:iam::000000000000:user/bob|bob");
  EXPECT_EQ(ask("SELECT e.userIdentity.principalId FROM $EDS e WHERE e.errorCode LIKE 'AccessDenied%'"), "AIDA1");
  EXPECT_EQ(ask("SELECT element_at(requestParameters, 's3BucketName') FROM $EDS WHERE eventName = 'CreateTrail'"),
            "logs");
  EXPECT_EQ(ask("SELECT requestParameters['name'] FROM $EDS WHERE eventName = 'CreateTrail'"), "audit");
  EXPECT_EQ(ask("SELECT resources[1].ARN FROM $EDS WHERE eventName = 'CreateTrail'"),
            "arn:aws:cloudtrail:us-east-1:000000000000:trail/audit");
  EXPECT_EQ(ask("SELECT element_at(resources, 1).type FROM $EDS WHERE eventName = 'CreateTrail'"),
            "AWS::CloudTrail::Trail");
}

TEST_F(Queries, ShowTimesAndFlagsAsTheServiceDoes) {
  EXPECT_EQ(ask("SELECT eventTime, readOnly, managementEvent FROM $EDS WHERE eventName = 'CreateTrail'"),
            "2026-01-01 01:00:00.000|false|true");
}

TEST_F(Queries, CompareTimes) {
  EXPECT_EQ(ask("SELECT eventName FROM $EDS WHERE eventTime > '2026-01-02 00:00:00'"), "DeleteTrail");
  EXPECT_EQ(ask("SELECT eventName FROM $EDS WHERE eventTime = '2026-01-01 01:00:00'"), "CreateTrail");
  EXPECT_EQ(ask("SELECT eventName FROM $EDS WHERE eventTime < TIMESTAMP '2026-01-01T00:30:00Z'"),
            "CreateEventDataStore");
  EXPECT_EQ(ask("SELECT count(*) FROM $EDS WHERE eventTime > now() - interval '2' hour AND eventName = 'DeleteTrail'"),
            "1");
  EXPECT_EQ(ask("SELECT eventName FROM $EDS WHERE eventTime BETWEEN date_add('minute', 30, timestamp '2026-01-01 "
                "00:00:00') AND from_iso8601_timestamp('2026-01-01T02:00:00Z')"),
            "CreateTrail");
  EXPECT_EQ(ask("SELECT date_trunc('day', eventTime) AS d, count(*) FROM $EDS WHERE readOnly = false AND eventName "
                "LIKE '%Trail%' OR eventName = 'CreateEventDataStore' GROUP BY date_trunc('day', eventTime) "
                "ORDER BY d"),
            "2026-01-01 00:00:00.000|2\n2026-01-02 00:00:00.000|1");
  EXPECT_EQ(ask("SELECT year(eventTime), month(eventTime), hour(eventTime), date_format(eventTime, '%Y/%m/%d %H:%i') "
                "FROM $EDS WHERE eventName = 'CreateTrail'"),
            "2026|1|1|2026/01/01 01:00");
  EXPECT_EQ(ask("SELECT date_diff('hour', min(eventTime), max(eventTime)) FROM $EDS"), "25");
}

// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/lake-console-queries.html
TEST_F(Queries, RunTheSamplesOfTheGuide) {
  EXPECT_EQ(ask("SELECT COUNT(*) AS TotalEvents FROM $EDS"), "3");
  EXPECT_EQ(ask("SELECT eventSource, COUNT(*) AS apiCount FROM $EDS WHERE eventTime > '2023-01-01 00:00:00' "
                "AND eventName NOT LIKE '%Query%' GROUP BY eventSource ORDER BY apiCount DESC"),
            "cloudtrail.amazonaws.com|3");
  EXPECT_EQ(ask("SELECT userIdentity.arn AS user, eventName FROM $EDS WHERE userIdentity.arn IS NOT NULL AND "
                "eventName='DeleteTrail'"),
            "arn:aws:iam::000000000000:user/bob|DeleteTrail");
  EXPECT_EQ(ask("SELECT recipientAccountId, eventName, count(*) AS n FROM $EDS WHERE (eventName LIKE 'Create%') "
                "AND errorCode IS NULL GROUP BY recipientAccountId, eventName HAVING count(*) > 0 ORDER BY 2 LIMIT 1"),
            "000000000000|CreateEventDataStore|1");
  EXPECT_EQ(ask("WITH calls AS (SELECT eventName AS n, userIdentity.type t FROM $EDS) SELECT t, array_agg(n) FROM "
                "calls WHERE t <> 'Root' GROUP BY t"),
            "IAMUser|[\"DeleteTrail\"]");
  EXPECT_EQ(ask("SELECT count_if(errorCode IS NOT NULL), approx_distinct(eventName), max_by(eventName, eventTime) FROM "
                "$EDS WHERE eventName IN ('CreateEventDataStore', 'CreateTrail', 'DeleteTrail')"),
            "1|3|DeleteTrail");
  EXPECT_EQ(ask("SELECT a.eventName FROM $EDS a JOIN $EDS b ON a.eventID = b.eventID WHERE regexp_like(a.eventName, "
                "'^Delete') -- who deletes"),
            "DeleteTrail");
  EXPECT_EQ(ask("SELECT CASE WHEN readOnly = false THEN 'write' ELSE 'read' END k, json_extract_scalar(eventJson, "
                "'$.eventName') FROM $EDS WHERE eventName IN ('CreateTrail')"),
            "write|CreateTrail");
}

TEST_F(Queries, TextDependsOnCaseAndQuotesAreKept) {
  EXPECT_EQ(ask("SELECT eventName FROM $EDS WHERE eventName LIKE 'create%'"), "");
  EXPECT_EQ(ask("SELECT 'it''s', split_part('a/b', '/', 2), concat('x', eventType) FROM $EDS LIMIT 1"),
            "it's|b|xAwsApiCall");
}

TEST_F(Queries, RefuseWhatIsNoPlainSelect) {
  auto starts_with_code = [](const std::string& text) { return text.starts_with("InvalidQueryStatementException"); };
  EXPECT_PRED1(starts_with_code, start("SELECT nothing FROM $EDS"));
  EXPECT_PRED1(starts_with_code, start("SELECT eventName FROM $EDS; DROP TABLE x"));
  EXPECT_PRED1(starts_with_code, start("SELECT eventName FROM $EDS WHERE ("));
  EXPECT_PRED1(starts_with_code, start("SELECT eventName FROM $EDS WHERE eventName = 'x"));
  EXPECT_PRED1(starts_with_code, start("SELECT name FROM sqlite_master, $EDS WHERE 1 = (PRAGMA x)"));
  EXPECT_PRED1(starts_with_code, start("SELECT load_extension('x') FROM $EDS"));
  EXPECT_PRED1(starts_with_code, start("SELECT " + std::string(500, '(') + "1" + std::string(500, ')') + " FROM $EDS"));
}

TEST_F(Queries, ThatTakeTooLongAreEnded) {
  std::string sql = "SELECT count(*) FROM $EDS a";
  for (char table = 'b'; table < 't'; ++table) sql += std::string(", $EDS ") + table;
  EXPECT_EQ(ask(sql), "TIMED_OUT: The query took too long.");
}

TEST_F(Queries, AreDescribedListedAndForgotten) {
  std::string query = start("SELECT eventName FROM $EDS");
  auto described = cloud.call("cloudtrail", "DescribeQuery", Value::Map{{"EventDataStore", arn}, {"QueryId", query}});
  ASSERT_TRUE(described);
  EXPECT_EQ(described->at("QueryStatus").str(), "FINISHED");
  EXPECT_EQ(described->at("QueryStatistics").at("EventsScanned").num(), 3);
  auto cancelled = cloud.call("cloudtrail", "CancelQuery", Value::Map{{"QueryId", query}});
  EXPECT_EQ(cancelled.error().code, "InactiveQueryException");
  auto page = cloud.call("cloudtrail", "GetQueryResults", Value::Map{{"QueryId", query}, {"MaxQueryResults", 2}});
  EXPECT_EQ(page->at("QueryResultRows").list().size(), 2u);
  EXPECT_EQ(page->at("QueryStatistics").at("TotalResultsCount").num(), 3);
  page =
      cloud.call("cloudtrail", "GetQueryResults", Value::Map{{"QueryId", query}, {"NextToken", page->at("NextToken")}});
  EXPECT_EQ(page->at("QueryResultRows").list().size(), 1u);
  EXPECT_FALSE(page->has("NextToken"));
  auto refused = cloud.call("cloudtrail", "GetQueryResults", Value::Map{{"QueryId", query}, {"NextToken", "nonsense"}});
  EXPECT_EQ(refused.error().code, "InvalidNextTokenException");
  auto listed =
      cloud.call("cloudtrail", "ListQueries", Value::Map{{"EventDataStore", id}, {"QueryStatus", "FINISHED"}});
  EXPECT_EQ(listed->at("Queries").list().size(), 1u);
  cloud.advance(std::chrono::days(7) + 1s);
  EXPECT_EQ(cloud.call("cloudtrail", "DescribeQuery", Value::Map{{"QueryId", query}}).error().code,
            "QueryIdNotFoundException");
  EXPECT_EQ(cloud.count_rows("cloudtrail.queries"), 0u);
}

TEST_F(Queries, SurviveARestart) {
  std::string query = start("SELECT eventName FROM $EDS");
  cloud.restart();
  auto read = cloud.call("cloudtrail", "GetQueryResults", Value::Map{{"QueryId", query}});
  EXPECT_EQ(read->at("QueryResultRows").list().size(), 3u);
}

}  // namespace
}  // namespace cloudtrail
