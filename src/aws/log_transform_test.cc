#include "aws/log_transform.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace aws {
namespace {

const LogOrigin kOrigin{.group = "/shop/web", .stream = "one", .account = "000000000000", .region = "us-east-1"};

// What the processors, JSON text, make of a message; "no" where nothing, "!" and its message where it is an error.
std::string transformed(std::string_view processors, std::string_view message) {
  const auto config = base::parse_json(processors);
  EXPECT_TRUE(config) << processors;
  if (!config) return "";
  const auto transformer = LogTransformer::read(*config);
  if (!transformer) return "!" + transformer.error().code;
  return transformer->transform(message, kOrigin).value_or("no");
}

struct Case {
  std::string_view processors, message, expected;
};

void check_all(std::initializer_list<Case> cases) {
  for (const Case& each : cases)
    EXPECT_EQ(transformed(each.processors, each.message), each.expected) << each.processors << "\n" << each.message;
}

TEST(LogTransform, JsonIsParsed) {
  check_all({
      {R"([{"parseJSON": {}}])", R"({"a": {"b": 1}})", R"({"a":{"b":1}})"},
      {R"([{"parseJSON": {"destination": "new_key"}}])", R"({"a": 1})", R"({"new_key":{"a":1}})"},
      {R"([{"parseJSON": {}}, {"parseJSON": {"source": "inner"}}])", R"({"inner": "{\"x\": 2}"})",
       R"({"inner":"{\"x\": 2}","x":2})"},
      {R"([{"parseJSON": {}}])", "no JSON", "no"},
      {R"([{"parseJSON": {}}])", "[1]", "no"},
  });
}

TEST(LogTransform, ColumnsAndPairsAreParsed) {
  check_all({
      {R"([{"csv": {}}])", R"(1,"a ""b"", c",)", R"({"column_1":"1","column_2":"a \"b\", c","column_3":""})"},
      {R"([{"csv": {"delimiter": "\\t", "columns": ["x"], "destination": "d"}}])", "1\t2",
       R"({"d":{"x":"1","column_2":"2"}})"},
      {R"([{"csv": {"delimiter": ":", "quoteCharacter": "'"}}])", "'a:b':c", R"({"column_1":"a:b","column_2":"c"})"},
      {R"([{"parseKeyValue": {}}])", "a=1&b=&c&a=2", R"({"a":"1","b":"","c":null})"},
      {R"([{"parseKeyValue": {"fieldDelimiter": ", ", "keyValueDelimiter": ": ", "keyPrefix": "p_",
            "nonMatchValue": "none", "overwriteIfExists": true}}])",
       "a: 1, b, a: 2", R"({"p_a":"2","p_b":"none"})"},
      {R"([{"parseKeyValue": {"destination": "d"}}])", "a=1", R"({"d":{"a":"1"}})"},
  });
}

TEST(LogTransform, GrokFindsNamedExpressions) {
  check_all({
      {R"([{"grok": {"match": "%{NUMBER:version} %{HOSTNAME:host} %{LOGLEVEL:level}: %{GREEDYDATA:text}"}}])",
       "1.2 web-1.example.com ERROR: out of stock",
       R"({"version":"1.2","host":"web-1.example.com","level":"ERROR","text":"out of stock"})"},
      {R"([{"grok": {"match": "(took|needed) %{INT:time.ms} ms"}}])", "it took 12 ms", R"({"time":{"ms":"12"}})"},
      {R"([{"grok": {"match": "%{INT:n}"}}])", "none", "no"},
      {R"([{"grok": {"match": "%{APACHE_ACCESS_LOG}"}}])",
       R"(127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534)",
       R"({"clientip":"127.0.0.1","ident":"-","auth":"frank","timestamp":"10/Oct/2000:13:25:15 -0700","verb":"GET",)"
       R"("request":"/index.html","httpversion":"1.0","response":"404","bytes":"1534"})"},
      {R"([{"grok": {"match": "%{SYSLOG5424}"}}])",
       R"(<34>1 2003-10-11T22:14:15.003Z host su - ID47 - failed for lonvick)",
       R"({"pri":"34","version":"1","timestamp":"2003-10-11T22:14:15.003Z","hostname":"host","app":"su","procid":"-",)"
       R"("msgid":"ID47","message":"failed for lonvick"})"},
      {R"([{"grok": {"match": "%{NOTHING:x}"}}])", "", "!InvalidParameterException"},
      {R"([{"grok": {"match": "%{INT:x:int}"}}])", "", "!InvalidParameterException"},
      {R"([{"grok": {"match": "%{INT:x"}}])", "", "!InvalidParameterException"},
      {R"([{"grok": {"match": "["}}])", "", "!InvalidParameterException"},
  });
}

TEST(LogTransform, LogsOfServicesAreParsed) {
  check_all({
      {R"([{"parseVPC": {}}])",
       "2 012345678901 eni-abc123de 192.0.2.0 192.0.2.24 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK",
       R"({"version":2,"accountId":"012345678901","interfaceId":"eni-abc123de","srcAddr":"192.0.2.0",)"
       R"("dstAddr":"192.0.2.24","srcPort":20641,"dstPort":22,"protocol":6,"packets":20,"bytes":4249,)"
       R"("start":1418530010,"end":1418530070,"action":"ACCEPT","logStatus":"OK"})"},
      {R"([{"parseVPC": {}}])", "2 3", "no"},
      {R"([{"parseRoute53": {}}])",
       "1.0 2017-12-13T08:15:50.235Z Z123412341234 example.com AAAA NOERROR TCP IAD12 192.0.2.0 198.51.100.0/24",
       R"({"version":1.0,"queryTimestamp":"2017-12-13T08:15:50.235Z","hostZoneId":"Z123412341234",)"
       R"("queryName":"example.com","queryType":"AAAA","responseCode":"NOERROR","protocol":"TCP",)"
       R"("edgeLocation":"IAD12","resolverIp":"192.0.2.0","ednsClientSubnet":"198.51.100.0/24"})"},
      {R"([{"parsePostgres": {}}])",
       "2019-03-10 03:54:59 UTC:10.0.0.123(52834):postgres@logtestdb:[20175]:ERROR: column does not exist",
       R"~({"logTime":"2019-03-10 03:54:59 UTC","srcIp":"10.0.0.123(52834)","userName":"postgres",)~"
       R"("dbName":"logtestdb","processId":"20175","logLevel":"ERROR"})"},
      {R"([{"parsePostgres": {}}])", "ERROR", "no"},
      {R"([{"parseWAF": {}}])", R"({"action": "BLOCK", "httpRequest": {"headers": [{"name": "Host", "value": "h"}]}})",
       R"({"action":"BLOCK","httpRequest":{"headers":{"Host":"h"}}})"},
      {R"([{"parseWAF": {}}])", "{}", "no"},
      {R"([{"parseCloudfront": {}}])", "#Version: 1.0", "no"},
      {R"([{"parseToOCSF": {"eventSource": "VPCFlow", "ocsfVersion": "V1.1"}}])", "", "!NotImplemented"},
      {R"([{"parseVPC": {"source": "x"}}])", "", "!InvalidParameterException"},
  });
}

TEST(LogTransform, TextsAreChanged) {
  check_all({
      {R"([{"parseJSON": {}}, {"lowerCaseString": {"withKeys": ["a"]}}, {"upperCaseString": {"withKeys": ["b", "n"]}},
          {"trimString": {"withKeys": ["c.d", "nowhere"]}}])",
       R"({"a": "AbC", "b": "x", "c": {"d": " y "}, "n": 1})", R"({"a":"abc","b":"X","c":{"d":"y"},"n":1})"},
      {R"([{"parseJSON": {}}, {"splitString": {"entries": [{"source": "a", "delimiter": ", "}]}}])",
       R"({"a": "1, 2,3"})", R"({"a":["1","2,3"]})"},
      {R"([{"parseJSON": {}}, {"substituteString": {"entries": [
          {"source": "a", "from": "\\[(\\d+)\\]", "to": "<$1>"}, {"source": "a", "from": "x", "to": "$"}]}}])",
       R"({"a": "[1][x][2]"})", R"({"a":"<1>[$]<2>"})"},
      {R"([{"parseJSON": {}}, {"substituteString": {"entries": [{"source": "a", "from": "(", "to": ""}]}}])", "{}",
       "!InvalidParameterException"},
      {R"([{"parseJSON": {}}, {"substituteString": {"entries": [{"source": "a", "from": "a", "to": "$1"}]}}])", "{}",
       "!InvalidParameterException"},
  });
}

TEST(LogTransform, KeysAreChanged) {
  check_all({
      {R"([{"parseJSON": {}}, {"addKeys": {"entries": [{"key": "a", "value": "new"}, {"key": "b.c", "value": "v"},
          {"key": "d", "value": "over", "overwriteIfExists": true}]}}])",
       R"({"a": 1, "d": 2})", R"({"a":1,"d":"over","b":{"c":"v"}})"},
      {R"([{"parseJSON": {}}, {"deleteKeys": {"withKeys": ["a.b", "c", "nowhere.x"]}}])",
       R"({"a": {"b": 1, "x": 2}, "c": 3})", R"({"a":{"x":2}})"},
      {R"([{"parseJSON": {}}, {"moveKeys": {"entries": [{"source": "a.b", "target": "c"}]}}])",
       R"({"a": {"b": 1}, "c": {"d": 2}})", R"({"a":{},"c":{"d":2,"b":1}})"},
      {R"([{"parseJSON": {}}, {"moveKeys": {"entries": [{"source": "a", "target": "a"}]}}])", R"({"a": {"b": 1}})",
       R"({"a":{"b":1}})"},
      {R"([{"parseJSON": {}}, {"renameKeys": {"entries": [{"key": "a", "renameTo": "b"}, {"key": "c", "renameTo": "b"},
          {"key": "d", "renameTo": "b", "overwriteIfExists": true}]}}])",
       R"({"a": 1, "c": 2, "d": 3})", R"({"c":2,"b":3})"},
      {R"([{"parseJSON": {}}, {"copyValue": {"entries": [{"source": "a.0", "target": "first"},
          {"source": "@logGroupName", "target": "group"}, {"source": "@logGroupStream", "target": "stream"},
          {"source": "@accountId", "target": "account"}, {"source": "@regionName", "target": "region"},
          {"source": "nowhere", "target": "x"}, {"source": "a[1]", "target": "first"}]}}])",
       R"({"a": [1, 2]})",
       R"({"a":[1,2],"first":1,"group":"/shop/web","stream":"one","account":"000000000000","region":"us-east-1"})"},
  });
}

TEST(LogTransform, ListsBecomeMaps) {
  constexpr std::string_view kList = R"({"l": [{"k": "a", "v": 1}, {"k": "b", "v": 2}, {"k": "b", "v": 3}, {"v": 4}]})";
  check_all({
      {R"([{"parseJSON": {"destination": "d"}}, {"listToMap": {"source": "d.l", "key": "k", "valueKey": "v",
          "target": "m"}}, {"deleteKeys": {"withKeys": ["d"]}}])",
       kList, R"({"m":{"a":[1],"b":[2,3]}})"},
      {R"([{"parseJSON": {"destination": "d"}}, {"listToMap": {"source": "d.l", "key": "k", "valueKey": "v",
          "flatten": true, "flattenedElement": "first"}}, {"deleteKeys": {"withKeys": ["d"]}}])",
       kList, R"({"a":1,"b":2})"},
      {R"([{"parseJSON": {"destination": "d"}}, {"listToMap": {"source": "d.l", "key": "k", "flatten": true,
          "flattenedElement": "last"}}, {"deleteKeys": {"withKeys": ["d"]}}])",
       kList, R"({"a":{"k":"a","v":1},"b":{"k":"b","v":3}})"},
  });
}

TEST(LogTransform, TypesAreConverted) {
  check_all({
      {R"([{"parseJSON": {}}, {"typeConverter": {"entries": [{"key": "a", "type": "integer"},
          {"key": "b", "type": "double"}, {"key": "c", "type": "boolean"}, {"key": "d", "type": "string"},
          {"key": "e", "type": "integer"}]}}])",
       R"({"a": "12", "b": "1.5", "c": "TRUE", "d": 7, "e": "x"})", R"({"a":12,"b":1.5,"c":true,"d":"7","e":"x"})"},
  });
}

// The date, in a member t, read by a pattern and written in a format.
std::string converted(std::string_view date, std::string_view pattern, std::string_view more = "") {
  const std::string text = transformed(std::string(R"([{"parseJSON": {}}, {"dateTimeConverter": {"source": "t",)") +
                                           R"("target": "u", "matchPatterns": [")" + std::string(pattern) + "\"]" +
                                           std::string(more) + "}}, {\"deleteKeys\": {\"withKeys\": [\"t\"]}}]",
                                       R"({"t": ")" + std::string(date) + "\"}");
  const auto parsed = base::parse_json(text);
  return parsed ? parsed->at("u").str() : text;
}

TEST(LogTransform, DatesAreWrittenAnew) {
  EXPECT_EQ(converted("10/Oct/2000:13:55:36 -0700", "dd/MMM/yyyy:HH:mm:ss Z"), "2000-10-10T20:55:36.000Z");
  EXPECT_EQ(converted("20260102030405", "yyyyMMddHHmmss"), "2026-01-02T03:04:05.000Z");
  EXPECT_EQ(converted("Friday, January 2, 2026 3:04 PM", "EEEE, MMMM d, yyyy h:mm a"), "2026-01-02T15:04:00.000Z");
  EXPECT_EQ(converted("1767323045", "epoch"), "2026-01-02T03:04:05.000Z");
  EXPECT_EQ(converted("1767323045678", "epoch"), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(converted("2026-01-02 03:04", "yyyy-MM-dd HH:mm", R"(, "sourceTimezone": "+02:00")"),
            "2026-01-02T01:04:00.000Z");
  EXPECT_EQ(converted("2026-01-02 23:04", "yyyy-MM-dd HH:mm",
                      R"(, "targetTimezone": "GMT+5:30", "targetFormat": "EEE d MMM yy 'at' hh:mm a xxxxx D")"),
            "Sat 3 Jan 26 at 04:34 AM +05:30 3");
  EXPECT_EQ(converted("no date", "yyyy-MM-dd"), "");
  EXPECT_EQ(converted("2026-02-30", "yyyy-MM-dd"), "");
  EXPECT_EQ(converted("2026", "yyyy", R"(, "targetTimezone": "Europe/Paris")"), "!NotImplemented");
  EXPECT_EQ(converted("2026", "yyyy", R"(, "locale": "fr")"), "!NotImplemented");
  EXPECT_EQ(converted("2026", "yyyy", R"(, "targetFormat": "QQQ")"), "!InvalidParameterException");
}

TEST(LogTransform, ProcessorsHaveAnOrder) {
  check_all({
      {"[]", "", "!InvalidParameterException"},
      {R"([{"trimString": {"withKeys": ["a"]}}])", "", "!InvalidParameterException"},
      {R"([{"parseJSON": {}}, {"parseVPC": {}}])", "", "!InvalidParameterException"},
      {R"([{"parseJSON": {}, "csv": {}}])", "", "!InvalidParameterException"},
      {R"([{}])", "", "!InvalidParameterException"},
      {R"([{"csv": {}}, {"csv": {}}, {"csv": {}}, {"csv": {}}, {"csv": {}}, {"csv": {}}])", "",
       "!InvalidParameterException"},
      {R"([{"parseJSON": {}}, {"addKeys": {"entries": []}}, {"addKeys": {"entries": []}}])", "",
       "!InvalidParameterException"},
      {R"([{"grok": {"match": "x"}}, {"grok": {"match": "x"}}])", "", "!InvalidParameterException"},
  });
}

}  // namespace
}  // namespace aws
