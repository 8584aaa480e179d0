#include "aws/log_query.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>

namespace aws {
namespace {

constexpr std::int64_t kStartMs = 1'767'225'600'000;  // 2026-01-01T00:00:00Z

struct Fixture {
  LogQueryGroup group{.log = "000000000000:app",
                      .pointer_of = [](std::uint64_t stream, std::int64_t, std::uint64_t ordinal) {
                        return fmt::format("p{}.{}", stream, ordinal);
                      }};
  std::vector<std::string> messages;
  std::vector<std::string> earlier;

  // The rows as text: name=value, with spaces between the fields and | between the rows.
  std::string run(std::string_view text, std::vector<LogQueryResult> subqueries = {}) {
    auto query = LogQuery::read(text);
    if (!query) return query.error().message;
    LogQueryRun run(*query, {.now_ms = kStartMs + 3'600'000}, std::move(subqueries));
    for (std::size_t i = 0; i < earlier.size(); ++i)
      run.add({.group = &group, .timestamp_ms = kStartMs - 1000, .message = earlier[i], .is_earlier = true});
    for (std::size_t i = 0; i < messages.size(); ++i) {
      LogQueryEvent event{.group = &group,
                          .timestamp_ms = kStartMs + static_cast<std::int64_t>(i) * 60'000,
                          .ingestion_ms = kStartMs,
                          .stream_id = 1,
                          .ordinal = i,
                          .stream = "s",
                          .message = messages[i]};
      if (!run.add(event)) break;
    }
    last = run.finish();
    std::string out;
    for (const auto& row : last.rows) {
      if (!out.empty()) out += " | ";
      std::string fields;
      for (const auto& [name, value] : row)
        if (name != "@ptr") fields += (fields.empty() ? "" : " ") + name + "=" + value;
      out += fields;
    }
    return out;
  }
  LogQueryResult last;
};

// One expression of one event.
std::string value_of(std::string_view expression, std::string message = "{}") {
  Fixture fixture;
  fixture.messages = {std::move(message)};
  std::string shown = fixture.run(fmt::format("display {} as x", expression));
  return shown.starts_with("x=") ? shown.substr(2) : shown;
}

TEST(LogQuery, ExpressionsHaveTheValuesAwsDocuments) {
  const std::pair<std::string_view, std::string_view> kCases[] = {
      {"1 + 2 * 3", "7"},
      {"(1 + 2) * 3", "9"},
      {"2 ^ 3", "8"},
      {"2 ^ 3 ^ 2", "512"},
      {"10 % 3", "1"},
      {"7 / 2", "3.5"},
      {"10 / 3", "3.3333"},
      {"1 / 0", ""},
      {"-3 + 1", "-2"},
      {"1 = 1", "1"},
      {"'a' = \"b\"", "0"},
      {"'10' > 9", "1"},
      {"'abc' < 'abd'", "1"},
      {"1 != 2 and not 1 = 2", "1"},
      {"nope = 1", ""},
      {"not nope = 1", ""},
      {"nope = 1 or 1 = 1", "1"},
      {"nope = 1 and 1 = 2", "0"},
      {"5 in [4, 5]", "1"},
      {"'x' not in ['y', 'z']", "1"},
      {"'error: disk' like 'disk'", "1"},
      {"'error: disk' like /^disk/", "0"},
      {"'error: disk' not like /(?i)DISK/", "0"},
      {"'abc' =~ /b/", "1"},
      {"abs(-2.5)", "2.5"},
      {"ceil(1.2)", "2"},
      {"floor(-1.2)", "-2"},
      {"greatest(1, 7, 3)", "7"},
      {"least(4, 2, 3)", "2"},
      {"log(1)", "0"},
      {"sqrt(16)", "4"},
      {"sqrt(-1)", ""},
      {"round(2.567, 1)", "2.6"},
      {"toInt('12.9')", "12"},
      {"ispresent(nope)", "0"},
      {"ispresent(@message)", "1"},
      {"coalesce(nope, 'b')", "b"},
      {"if(1 = 1, 'yes', 'no')", "yes"},
      {"isempty('')", "1"},
      {"isempty(nope)", "1"},
      {"isblank('  ')", "1"},
      {"concat('a', 1, 'b')", "a1b"},
      {"ltrim('  a ')", "a "},
      {"rtrim('  a ')", "  a"},
      {"trim('  a ')", "a"},
      {"trim('xxaxx', 'x')", "a"},
      {"ltrim('xyZxyfooxyZ', 'xyZ')", "fooxyZ"},
      {"strlen('grün')", "4"},
      {"toupper('aBc')", "ABC"},
      {"tolower('aBc')", "abc"},
      {"substr('xyZfooxyZ', 3)", "fooxyZ"},
      {"substr('xyZfooxyZ', 3, 4)", "foox"},
      {"replace('foo', 'o', '0')", "f00"},
      {"regex_replace('a1b22', /[0-9]+/, '#')", "a#b#"},
      {"regex_replace('john smith', /(\\w+) (\\w+)/, '$2 $1')", "smith john"},
      {"strcontains('xyZfooxyZ', 'o')", "1"},
      {"strcontains('GET', 'get', true)", "0"},
      {"startsWith('abc', 'ab')", "1"},
      {"endsWith('abc', 'ab')", "0"},
      {"urlencode('a b/c')", "a%20b%2Fc"},
      {"urldecode('a%20b')", "a b"},
      {"base64encode('hello')", "aGVsbG8="},
      {"base64decode('aGVsbG8=')", "hello"},
      {"md5('a')", "0cc175b9c0f1b6a831c399e269772661"},
      {"split('a,b', ',')", "[\"a\",\"b\"]"},
      {"isValidIp('10.0.0.1')", "1"},
      {"isValidIpV4('::1')", "0"},
      {"isValidIpV6('::1')", "1"},
      {"isIpInSubnet('10.1.2.3', '10.1.0.0/16')", "1"},
      {"isIpv4InSubnet('10.2.2.3', '10.1.0.0/16')", "0"},
      {"isIpv6InSubnet('2001:db8::1', '2001:db8::/32')", "1"},
      {"isIpv6InSubnet('10.1.2.3', '10.1.0.0/16')", "0"},
      {"isPrivateIP('192.168.1.1')", "1"},
      {"isPublicIP('8.8.8.8')", "1"},
      {"isReservedIP('127.0.0.1')", "1"},
      {"ipv4ToNumber('1.0.0.1')", "16777217"},
      {"bin(1h)", "2026-01-01 00:00:00.000"},
      {"datefloor(fromMillis(1767229199999), 1h)", "2026-01-01 00:00:00.000"},
      {"dateceil(fromMillis(1767229199999), 1h)", "2026-01-01 01:00:00.000"},
      {"datefloor('2026-05-17T10:00:00Z', 1mo)", "2026-05-01 00:00:00.000"},
      {"dateceil('2026-05-17T10:00:00Z', 1q)", "2026-07-01 00:00:00.000"},
      {"datefloor('2026-05-17T10:00:00Z', 1y)", "2026-01-01 00:00:00.000"},
      {"datefloor('2026-01-01T10:00:00Z', 1w)", "2025-12-29 00:00:00.000"},
      {"toMillis(@timestamp)", "1767225600000"},
      {"now()", "1767229200"},
      {"@timestamp", "2026-01-01 00:00:00.000"},
      {"@log", "000000000000:app"},
      {"jsonStringify(jsonParse('{\"a\":[1,2]}'))", "{\"a\":[1,2]}"},
  };
  for (auto [expression, expected] : kCases) EXPECT_EQ(value_of(expression), expected) << expression;
}

TEST(LogQuery, FieldsOfJsonAreFound) {
  std::string message =
      R"({"level":"INFO","n":200,"big":9007199254740993,"f":1.5e3,"ok":true,"none":null,)"
      R"("a":{"b":{"c":"deep"},"x.y":"dots"},"list":[{"id":"i-1"},{"id":"i-2"}],"text":"a\"b\u00e9","@x":"at","s-p":1})";
  const std::pair<std::string_view, std::string_view> kCases[] = {
      {"level", "INFO"},
      {"n", "200"},
      {"n + 1", "201"},
      {"big", "9007199254740993"},
      {"f + 0", "1500"},
      {"ok", "1"},
      {"ok = true", "1"},
      {"none", ""},
      {"a", ""},
      {"a.b.c", "deep"},
      {"a.`x.y`", "dots"},
      {"list.1.id", "i-2"},
      {"list[0].id", "i-1"},
      {"text", "a\"b\xc3\xa9"},
      {"@@x", "at"},
      {"`s-p`", "1"},
      {"nope", ""},
  };
  for (auto [expression, expected] : kCases) EXPECT_EQ(value_of(expression, message), expected) << expression;
  EXPECT_EQ(value_of("a", R"({"a":"x")"), "");
  EXPECT_EQ(value_of("a", R"(text {"a":"x"})"), "");
  Fixture lambda;
  lambda.group.is_lambda = true;
  lambda.messages = {"INFO\tgot {\"a\":\"x\"} and more"};
  EXPECT_EQ(lambda.run("display a"), "a=x");
}

TEST(LogQuery, FieldsOfLambdasLinesAreFound) {
  Fixture fixture;
  fixture.messages = {"START RequestId: 3f0c1b9e-0000-4000-8000-000000000000 Version: $LATEST\n",
                      "2026-01-01T00:00:00.000Z\t3f0c1b9e-0000-4000-8000-000000000000\tINFO\thello",
                      "END RequestId: 3f0c1b9e-0000-4000-8000-000000000000\n",
                      "REPORT RequestId: 3f0c1b9e-0000-4000-8000-000000000000\tDuration: 3.25 ms\tBilled Duration: 100 "
                      "ms\tMemory Size: "
                      "128 MB\tMax Memory Used: 36 MB\tInit Duration: 120.44 ms\t\n"};
  EXPECT_EQ(fixture.run("filter @type = 'REPORT' | display @duration, @billedDuration, @memorySize, @maxMemoryUsed, "
                        "@initDuration"),
            "@duration=3.25 @billedDuration=100.0 @memorySize=1.28E8 @maxMemoryUsed=3.6E7 @initDuration=120.44");
  EXPECT_EQ(fixture.run("stats count(*) by @requestId"), "@requestId=3f0c1b9e-0000-4000-8000-000000000000 count(*)=4");
  EXPECT_EQ(fixture.run("filter ispresent(@type) | stats count(*) as n by @type | sort n, @type"),
            "@type=END n=1 | @type=REPORT n=1 | @type=START n=1");
  EXPECT_EQ(fixture.run("filter @type = 'REPORT' | stats max(@memorySize / 1000 / 1024) as provisioned"),
            "provisioned=125");
}

Fixture levels() {
  Fixture fixture;
  fixture.messages = {R"({"level":"INFO","ms":10,"user":"ann"})", R"({"level":"ERROR","ms":30,"user":"bob"})",
                      R"({"level":"INFO","ms":20,"user":"bob"})", R"({"level":"WARN","user":"eve"})"};
  return fixture;
}

TEST(LogQuery, CommandsWorkOneAfterTheOther) {
  const std::pair<std::string_view, std::string_view> kCases[] = {
      {"fields level | limit 2", "level=WARN | level=INFO"},
      {"fields level, ms as took | filter took >= 20 | sort took asc", "level=INFO took=20 | level=ERROR took=30"},
      {"fields level | display user | sort @timestamp asc | limit 1", "user=ann"},
      {"filter level in ['INFO', 'WARN'] | display user | sort user desc", "user=eve | user=bob | user=ann"},
      {"filter level != 'INFO' # a comment | that is none\n| display level", "level=WARN | level=ERROR"},
      {"display level | sort level desc, ms", "level=WARN | level=INFO | level=INFO | level=ERROR"},
      {"display level | dedup level", "level=WARN | level=INFO | level=ERROR"},
      {"sort @timestamp asc | dedup level | limit 1 ",
       "@timestamp=2026-01-01 00:00:00.000 @message="
       "{\"level\":\"INFO\",\"ms\":10,\"user\":\"ann\"}"},
      {"stats count(*) by level", "level=ERROR count(*)=1 | level=INFO count(*)=2 | level=WARN count(*)=1"},
      {"stats count(), sum(ms), avg(ms) as mean, min(ms), max(ms)",
       "count()=4 sum(ms)=60 mean=20 min(ms)=10 max(ms)=30"},
      {"stats count(ms), count_distinct(user), pct(ms, 50), median(ms), stddev(ms)",
       "count(ms)=3 count_distinct(user)=3 pct(ms, 50)=20 median(ms)=20 stddev(ms)=8.165"},
      {"stats sum(ms) / count(*) as per, max(ms) - min(ms) as spread", "per=15 spread=20"},
      {"stats earliest(user), latest(user), sortsFirst(level), sortsLast(level)",
       "earliest(user)=ann latest(user)=eve sortsFirst(level)=ERROR sortsLast(level)=WARN"},
      {"stats earliest(@timestamp) as first", "first=1767225600000"},
      {"stats count(*) as n by bin(2m) as t", "t=2026-01-01 00:02:00.000 n=2 | t=2026-01-01 00:00:00.000 n=2"},
      {"stats count(*) as n by user, level | stats max(n) as most, count(*) as groups", "most=1 groups=4"},
      {"stats count(*) as n by user | filter n > 1", "user=bob n=2"},
      {"stats count(*) by user | sort count(*) desc | limit 1", "user=bob count(*)=2"},
      {"stats avg(ms) as a by level | fields a * 2 as twice | sort twice desc | display level, twice",
       "level=ERROR twice=60 | level=INFO twice=30 | level=WARN"},
      {"stats values(user) as users", "users=[\"ann\",\"bob\",\"eve\"]"},
      {"filter level = 'NONE' | stats count(*)", ""},
      {"limit any 2 | display user", "user=ann | user=bob"},
  };
  for (auto [query, expected] : kCases) EXPECT_EQ(levels().run(query), expected) << query;
}

TEST(LogQuery, CountsWhatItReads) {
  Fixture fixture = levels();
  fixture.run("filter level = 'INFO' | stats count(*)");
  EXPECT_EQ(fixture.last.scanned, 4);
  EXPECT_EQ(fixture.last.matched, 2);
  EXPECT_GT(fixture.last.scanned_bytes, 100);
  fixture.run("limit any 1");
  EXPECT_EQ(fixture.last.scanned, 2);
}

TEST(LogQuery, EventsCarryTheirPointers) {
  Fixture fixture = levels();
  fixture.run("fields level | limit 1");
  EXPECT_EQ(fixture.last.rows[0].back(), (std::pair<std::string, std::string>("@ptr", "p1.3")));
  fixture.run("stats count(*)");
  EXPECT_EQ(fixture.last.rows[0].back().first, "count(*)");
}

TEST(LogQuery, ParsesTextByGlobsExpressionsAndPairs) {
  Fixture fixture;
  fixture.messages = {"user=ann, method:GET, latency := 25\n", "user=bob, method:PUT, latency := 5"};
  EXPECT_EQ(
      fixture.run("parse @message 'user=*, method:*, latency := *' as user, method, ms | display user, method, ms"),
      "user=bob method=PUT ms=5 | user=ann method=GET ms=25");
  EXPECT_EQ(fixture.run("parse @message /user=(?<who>\\w+),/ | stats count(*) by who"),
            "who=ann count(*)=1 | who=bob count(*)=1");
  EXPECT_EQ(fixture.run("parse 'latency := *' as ms | stats sum(ms)"), "sum(ms)=30");
  EXPECT_EQ(fixture.run("parse @message 'nothing *' as x | display x, @log | limit 1"), "@log=000000000000:app");
  fixture.messages = {R"(level=info service="pay ment" took=3)"};
  EXPECT_EQ(fixture.run("parse @message logfmt as lf | filter lf.service = 'pay ment' | display lf.level, lf.took"),
            "lf.level=info lf.took=3");
}

TEST(LogQuery, StructuresAreTakenApart) {
  Fixture fixture;
  fixture.messages = {R"({"events":[{"name":"exception","n":2},{"name":"user action","n":3}]})"};
  EXPECT_EQ(fixture.run("fields jsonParse(@message) as j | unnest j.events into event | display event.name"),
            "event.name=exception | event.name=user action");
  EXPECT_EQ(fixture.run("fields jsonParse(@message) as j | unnest j.events into e | stats sum(e.n) as n by e.name"),
            "e.name=exception n=2 | e.name=user action n=3");
  EXPECT_EQ(fixture.run("fields jsonParse(@message) as j | display j.events[1].name"), "j.events.1.name=user action");
}

TEST(LogQuery, SubqueriesAndJoinsUseTheirResults) {
  Fixture fixture = levels();
  LogQueryResult users{.rows = {{{"user", "bob"}, {"@ptr", "x"}}}};
  EXPECT_EQ(fixture.run("filter user in (SOURCE 'users' | fields user) | display level", {users}),
            "level=INFO | level=ERROR");
  LogQueryResult cities{.rows = {{{"name", "bob"}, {"city", "Oslo"}}, {{"name", "ann"}, {"city", "Rome"}}}};
  EXPECT_EQ(fixture.run("join type=inner left=l right=r where l.user=r.name (SOURCE 'people') | sort l.ms desc "
                        "| display l.user, r.city",
                        {cities}),
            "l.user=bob r.city=Oslo | l.user=bob r.city=Oslo | l.user=ann r.city=Rome");
  EXPECT_EQ(fixture.run("join type=left left=l right=r where l.user=r.name (SOURCE 'people') | filter l.user = 'eve' "
                        "| display l.user, r.city",
                        {cities}),
            "l.user=eve");
}

TEST(LogQuery, TextsAlikeHaveOnePattern) {
  Fixture fixture;
  for (int i = 0; i < 8; ++i) fixture.messages.push_back(fmt::format("[INFO] request {} took {} ms", i * 7919, i));
  fixture.messages.push_back("[ERROR] disk full");
  EXPECT_EQ(fixture.run("pattern @message"),
            "@pattern=[INFO] request <Number-1> took <Number-2> ms @sampleCount=8 @ratio=0.8889 @severityLabel=INFO | "
            "@pattern=[ERROR] disk full @sampleCount=1 @ratio=0.1111 @severityLabel=ERROR");
  fixture.earlier = {"[INFO] request 1 took 2 ms", "[INFO] request 1 took 3 ms"};
  EXPECT_EQ(fixture.run("pattern @message | diff"),
            "@pattern=[INFO] request <Number-1> took <Number-2> ms @sampleCount=8 @differenceCount=6 "
            "@differenceDescription=300% increase @severityLabel=INFO | "
            "@pattern=[ERROR] disk full @sampleCount=1 @differenceCount=1 @differenceDescription=New pattern "
            "@severityLabel=ERROR");
}

TEST(LogQuery, MaskedTextStaysSoUnlessUnmasked) {
  Fixture fixture;
  fixture.messages = {R"({"mail":"a@b.c"})"};
  fixture.group.mask = [](std::string_view message) {
    std::string masked(message);
    if (auto at = masked.find("a@b.c"); at != std::string::npos) masked.replace(at, 5, "*****");
    return masked;
  };
  EXPECT_EQ(fixture.run("display mail"), "mail=*****");
  EXPECT_EQ(fixture.run("filter mail = 'a@b.c' | display mail"), "");
  EXPECT_EQ(fixture.run("display mail | unmask mail"), "mail=a@b.c");
}

TEST(LogQuery, RefusesWhatIsNoQuery) {
  const std::pair<std::string_view, std::string_view> kCases[] = {
      {"", "unexpected symbol found <EOF> at line 1 and position 0"},
      {"hello", "unexpected symbol found hello at line 1 and position 0"},
      {"fields @timestamp | count()", "unexpected symbol found count at line 1 and position 20"},
      {"fields", "unexpected symbol found <EOF> at line 1 and position 6"},
      {"fields a,", "unexpected symbol found <EOF> at line 1 and position 9"},
      {"fields a\n| filter (b", "unexpected symbol found <EOF> at line 2 and position 11"},
      {"filter a = 'x", "unexpected symbol found 'x at line 1 and position 11"},
      {"filter a like /[/", "unexpected symbol found /[/ at line 1 and position 14"},
      {"filter foo(a)", "unexpected symbol found foo at line 1 and position 7"},
      {"filter abs()", "unexpected symbol found ) at line 1 and position 11"},
      {"filter count(*) > 1", "unexpected symbol found count at line 1 and position 7"},
      {"limit 0", "unexpected symbol found 0 at line 1 and position 6"},
      {"limit 100001", "unexpected symbol found 100001 at line 1 and position 6"},
      {"stats a by b", "unexpected symbol found a at line 1 and position 6"},
      {"stats pct(a, 101)", "unexpected symbol found 101 at line 1 and position 13"},
      {"parse @message 'a=* b=*' as a", "unexpected symbol found a at line 1 and position 28"},
      {"parse @message /x/", "unexpected symbol found /x/ at line 1 and position 15"},
      {"dedup a | sort b", "unexpected symbol found sort at line 1 and position 10"},
      {"filter a | diff", "Diff compilation Failed : Diff operation has to be used after Pattern"},
      {"stats count(*) by a | filter b = 1", "Unknown symbols found in or after stats: b"},
      {"anomaly", "The anomaly command is not supported."},
      {"stats count(*) by bin(5x)", "unexpected symbol found 5x at line 1 and position 22"},
      {"filter a in (SOURCE 'x' | filter b in (SOURCE 'y'))", "unexpected symbol found ( at line 1 and position 38"},
  };
  for (auto [query, expected] : kCases) {
    auto read = LogQuery::read(query);
    ASSERT_FALSE(read) << query;
    EXPECT_EQ(read.error().message, expected) << query;
  }
  auto read = LogQuery::read("fields @timestamp | count()");
  EXPECT_EQ(read.error().begin, 20);
  EXPECT_EQ(read.error().end, 25);
  EXPECT_TRUE(LogQuery::read("limit 100000"));
}

TEST(LogQuery, SaysWhereItsEventsComeFrom) {
  auto query = *LogQuery::read(
      "SOURCE logGroups(namePrefix: ['a', 'b'], class: ['STANDARD'], accountIdentifiers: ['111122223333']) | fields x");
  EXPECT_TRUE(query->source().is_given);
  EXPECT_EQ(query->source().prefixes, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(query->source().classes, (std::vector<std::string>{"STANDARD"}));
  EXPECT_EQ((*LogQuery::read("SOURCE '/aws/lambda/f' | fields x"))->source().names,
            (std::vector<std::string>{"/aws/lambda/f"}));
  EXPECT_EQ((*LogQuery::read("filterIndex requestId = 'a' | fields x"))->index_fields(),
            (std::vector<std::string>{"requestId"}));
  EXPECT_EQ((*LogQuery::read("pattern @message | diff previousWeek"))->earlier({100, 200}).from_ms,
            100 - 7 * 86'400'000LL);
}

}  // namespace
}  // namespace aws
