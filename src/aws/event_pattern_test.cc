#include "aws/event_pattern.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/json.h"

namespace aws {
namespace {

bool match(std::string_view pattern, std::string_view event) {
  auto read = EventPattern::parse(pattern);
  EXPECT_TRUE(read) << pattern << ": " << read.error().message;
  auto value = base::parse_json(event);
  EXPECT_TRUE(value) << event;
  return read && value && read->matches(*value);
}

struct Row {
  const char* pattern;
  std::vector<const char*> yes, no;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    for (const char* event : row.yes) EXPECT_TRUE(match(row.pattern, event)) << row.pattern << " " << event;
    for (const char* event : row.no) EXPECT_FALSE(match(row.pattern, event)) << row.pattern << " " << event;
  }
}

TEST(EventPattern, MatchesAsTheGuideSays) {
  const std::vector<Row> rows{
      {R"({"a":["x"]})",
       {R"({"a":"x"})", R"({"a":["y","x"]})", R"({"a":"x","b":1})"},
       {R"({"a":"X"})", "{}", R"({"a":{"x":1}})"}},
      {R"({"a":["x","y"],"b":[1]})",
       {R"({"a":"y","b":1})", R"({"a":"x","b":1.0})"},
       {R"({"a":"x"})", R"({"a":"x","b":"1"})"}},
      {R"({"a":[300]})", {R"({"a":300})", R"({"a":300.0})", R"({"a":3.0e2})"}, {R"({"a":301})", R"({"a":"300"})"}},
      {R"({"a":[null]})", {R"({"a":null})", R"({"a":[1,null]})"}, {"{}", R"({"a":"null"})", R"({"a":""})"}},
      {R"({"a":[true]})", {R"({"a":true})"}, {R"({"a":false})", R"({"a":"true"})"}},
      {R"({"a":[""]})", {R"({"a":""})"}, {R"({"a":null})", "{}"}},
      {R"({"a":{"b":{"c":["x"]}}})",
       {R"({"a":{"b":{"c":"x"}}})", R"({"a":[{"b":{"c":"x"}}]})"},
       {R"({"a":{"b":"c"}})", R"({"a":{"c":"x"}})"}},
      {R"({"a":{"b":[1],"c":[2]}})",
       {R"({"a":[{"b":1,"c":2}]})", R"({"a":[[{"b":0}],[{"b":1,"c":[2,3]}]]})"},
       {R"({"a":[{"b":1,"c":3},{"b":4,"c":2}]})"}},
      {R"({"a.b":["x"]})", {R"({"a.b":"x"})", R"({"a":{"b":"x"}})"}, {R"({"a":{"c":"x"}})"}},
      {R"({"a":[{"exactly":"x"}]})", {R"({"a":"x"})"}, {R"({"a":"xx"})"}},
      {R"({"a":[{"prefix":"us-"}]})",
       {R"({"a":"us-east-1"})"},
       {R"({"a":"US-east-1"})", R"({"a":5})", R"({"a":"eu-us-"})"}},
      {R"({"a":[{"prefix":{"equals-ignore-case":"EventB"}}]})",
       {R"({"a":"eventbridge"})", R"({"a":"EVENTB"})"},
       {R"({"a":"event"})"}},
      {R"({"a":[{"suffix":".png"}]})",
       {R"({"a":"a.png"})", R"({"a":".png"})"},
       {R"({"a":".png2"})", R"({"a":".PNG"})"}},
      {R"({"a":[{"suffix":{"equals-ignore-case":".png"}}]})", {R"({"a":"a.PNG"})"}, {R"({"a":"a.jpg"})"}},
      {R"({"a":[{"equals-ignore-case":"äLiCe"}]})",
       {R"({"a":"ÄlIcE"})", R"({"a":"älice"})"},
       {R"({"a":"alice"})", R"({"a":1})"}},
      {R"({"a":[{"anything-but":"x"}]})",
       {R"({"a":"y"})", R"({"a":1})", R"({"a":["x","y"]})", R"({"a":null})"},
       {R"({"a":"x"})", "{}", R"({"a":["x"]})"}},
      {R"({"a":[{"anything-but":["x","y"]}]})", {R"({"a":"z"})"}, {R"({"a":"x"})", R"({"a":"y"})"}},
      {R"({"a":[{"anything-but":[1,2]}]})", {R"({"a":3})", R"({"a":"1"})"}, {R"({"a":1})", R"({"a":2.0})"}},
      {R"({"a":[{"anything-but":{"prefix":"in"}}]})", {R"({"a":"out"})", R"({"a":5})"}, {R"({"a":"init"})", "{}"}},
      {R"({"a":[{"anything-but":{"suffix":[".txt",".png"]}}]})",
       {R"({"a":"a.rpm"})"},
       {R"({"a":"a.txt"})", R"({"a":"a.png"})"}},
      {R"({"a":[{"anything-but":{"wildcard":"*/lib/*"}}]})", {R"({"a":"a/b"})"}, {R"({"a":"a/lib/b"})"}},
      {R"({"a":[{"anything-but":{"equals-ignore-case":["On","off"]}}]})",
       {R"({"a":"idle"})"},
       {R"({"a":"ON"})", R"({"a":"Off"})"}},
  };
  check(rows);
}

TEST(EventPattern, MatchesNumbersAddressesAndAlternatives) {
  const std::vector<Row> rows{
      {R"({"a":[{"numeric":["=",5]}]})", {R"({"a":5})", R"({"a":5.0})"}, {R"({"a":4})", R"({"a":"5"})"}},
      {R"({"a":[{"numeric":[">",0,"<=",5]}]})", {R"({"a":0.1})", R"({"a":5})"}, {R"({"a":0})", R"({"a":5.01})"}},
      {R"({"a":[{"numeric":["<",10]}]})", {R"({"a":-1e30})", R"({"a":9})"}, {R"({"a":10})"}},
      {R"({"a":[{"numeric":[">=",10]}]})", {R"({"a":10})"}, {R"({"a":9})"}},
      {R"({"a":[{"cidr":"10.0.0.0/24"}]})",
       {R"({"a":"10.0.0.255"})"},
       {R"({"a":"10.0.1.0"})", R"({"a":"ten"})", R"({"a":"::1"})"}},
      {R"({"a":[{"cidr":"10.128.0.0/9"}]})", {R"({"a":"10.200.0.1"})"}, {R"({"a":"10.127.0.1"})"}},
      {R"({"a":[{"cidr":"2001:db8::/33"}]})", {R"({"a":"2001:db8:7fff::1"})"}, {R"({"a":"2001:db8:8000::1"})"}},
      {R"({"a":[{"exists":true}]})", {R"({"a":null})", R"({"a":[1]})"}, {"{}", R"({"a":{"b":1}})", R"({"a":[]})"}},
      {R"({"a":[{"exists":false}]})", {"{}", R"({"a":{"b":1}})", R"({"a":[]})"}, {R"({"a":1})"}},
      {R"({"a":{"b":[{"exists":false}]},"c":[1]})",
       {R"({"c":1})", R"({"c":1,"a":{"d":1}})"},
       {R"({"c":1,"a":{"b":1}})", R"({"c":1,"a":[{"b":1},{"d":1}]})", R"({"a":{}})"}},
      {R"({"a":[{"exists":false},"x"]})", {"{}", R"({"a":"x"})"}, {R"({"a":"y"})"}},
      {R"({"a":[{"wildcard":"a*c*e"}]})",
       {R"({"a":"abcde"})", R"({"a":"ace"})"},
       {R"({"a":"abcd"})", R"({"a":"xace"})"}},
      {R"({"a":[{"wildcard":"*"}]})", {R"({"a":""})", R"({"a":"x"})"}, {R"({"a":1})"}},
      {R"({"a":[{"wildcard":"a\\*b\\\\*"}]})", {R"({"a":"a*b\\x"})"}, {R"({"a":"axb\\"})"}},
      {R"({"a":[{"wildcard":"ab*ba"}]})", {R"({"a":"abba"})"}, {R"({"a":"aba"})"}},
      {R"({"$or":[{"a":[1]},{"b":{"c":[2]}}]})", {R"({"a":1})", R"({"b":{"c":2}})"}, {R"({"a":2})", "{}"}},
      {R"({"a":{"x":[1],"$or":[{"b":[1]},{"c":[2]}]}})",
       {R"({"a":{"x":1,"c":2}})"},
       {R"({"a":{"x":2,"c":2}})", R"({"a":[{"x":1},{"c":2}]})"}},
      {R"({"$or":[{"a":[1]},{"$or":[{"b":[2]},{"c":[3]}]}],"d":[4]})", {R"({"c":3,"d":4})"}, {R"({"c":3})"}},
      {R"({"a":[1],"a":[2]})", {R"({"a":2})"}, {R"({"a":1})"}},
  };
  check(rows);
}

TEST(EventPattern, RefusesInTheWordsOfEventBridge) {
  const std::vector<std::pair<const char*, const char*>> rows{
      {"[]", "Filter is not an object"},
      {"\"a\"", "Filter is not an object"},
      {"{}", "Empty objects are not allowed"},
      {R"({"a":{}})", "Empty objects are not allowed"},
      {R"({"a":[]})", "Empty arrays are not allowed"},
      {R"({"a":1})", "\"a\" must be an object or an array"},
      {R"({"a":[[1]]})", "Match value must be String, number, true, false, or null"},
      {R"({"a":[{}]})", "Match expression name not found"},
      {R"({"a":[{"like":"x"}]})", "Unrecognized match type like"},
      {R"({"a":[{"prefix":1}]})", "prefix match pattern must be a string"},
      {R"({"a":[{"prefix":{"suffix":"x"}}]})", "Unsupported prefix pattern: suffix"},
      {R"({"a":[{"suffix":{"x":"x"}}]})", "Unsupported suffix pattern: x"},
      {R"({"a":[{"suffix":[]}]})", "suffix match pattern must be a string"},
      {R"({"a":[{"prefix":{"equals-ignore-case":1}}]})", "equals-ignore-case match pattern must be a string"},
      {R"({"a":[{"equals-ignore-case":["x"]}]})", "equals-ignore-case match pattern must be a string"},
      {R"({"a":[{"prefix":"a","suffix":"b"}]})", "Only one key allowed in match expression"},
      {R"({"a":[{"exists":"yes"}]})", "exists match pattern must be either true or false."},
      {R"({"a":[{"numeric":5}]})", "Value of numeric must be an array."},
      {R"({"a":[{"numeric":[5]}]})", "Invalid member in numeric match: 5"},
      {R"({"a":[{"numeric":["<"]}]})", "Value of < must be numeric"},
      {R"({"a":[{"numeric":["=","5"]}]})", "Value of equals must be numeric"},
      {R"({"a":[{"numeric":["!",5]}]})", "Unrecognized numeric range operator: !"},
      {R"({"a":[{"numeric":["<",5,">",1]}]})", "Too many elements in numeric expression"},
      {R"({"a":[{"numeric":[">",5,">",1]}]})", "Bad numeric range operator: >"},
      {R"({"a":[{"numeric":[">",5,6]}]})", "Bad value in numeric range: 6"},
      {R"({"a":[{"numeric":[">",5,"<",5]}]})", "Bottom must be less than top"},
      {R"({"a":[{"numeric":[">",1,"<",5,6]}]})", "Too many terms in numeric range expression"},
      {R"({"a":[{"anything-but":null}]})", "Value of anything-but must be an array or single string/number value."},
      {R"({"a":[{"anything-but":[1,"x"]}]})",
       "Inside anything but list, either all values are number or string, mixed type is not supported"},
      {R"({"a":[{"anything-but":[]}]})",
       "Inside anything but list, either all values are number or string, mixed type is not supported"},
      {R"({"a":[{"anything-but":[null]}]})", "Inside anything but list, start|null|boolean is not supported."},
      {R"({"a":[{"anything-but":{"numeric":1}}]})", "Unsupported anything-but pattern: numeric"},
      {R"({"a":[{"anything-but":{"prefix":""}}]})", "Null prefix/suffix not allowed"},
      {R"({"a":[{"anything-but":{"prefix":[1]}}]})", "prefix/suffix match pattern must be a string"},
      {R"({"a":[{"anything-but":{"equals-ignore-case":[1]}}]})",
       "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."},
      {R"({"a":[{"wildcard":"a**"}]})", "Consecutive wildcard characters at pos 2"},
      {R"({"a":[{"wildcard":"\\a"}]})", "Invalid escape character at pos 1"},
      {R"({"a":[{"wildcard":1}]})", "wildcard match pattern must be a string"},
      {R"({"a":[{"cidr":"10.0.0.0"}]})", "Malformed CIDR, one '/' required"},
      {R"({"a":[{"cidr":"10.0.0.0/x"}]})", "Malformed CIDR, mask bits must be an integer"},
      {R"({"a":[{"cidr":"10.0.0.0/-1"}]})", "Malformed CIDR, mask bits must not be negative"},
      {R"({"a":[{"cidr":"10.0.0.0/32"}]})", "IPv4 mask bits must be < 32"},
      {R"({"a":[{"cidr":"::/128"}]})", "IPv6 mask bits must be < 128"},
      {R"({"a":[{"cidr":"host/8"}]})", "Nonstandard IP address: host"},
      {R"({"$or":{"a":[1]}})", "It must be an Array followed with $or."},
      {R"({"$or":[{"a":[1]}]})", "There must have at least 2 Objects in $or relationship."},
      {R"({"$or":[{"a":[1]},2]})", "Only JSON object is allowed in array of $or relationship."},
      {R"({"$or":[{"a":[1]},{"prefix":["x"]}]})",
       "prefix is Ruler reserved fieldName which cannot be used inside $or."},
  };
  for (const auto& [pattern, reason] : rows) {
    auto read = EventPattern::parse(pattern);
    ASSERT_FALSE(read) << pattern;
    EXPECT_EQ(read.error().code, "InvalidEventPatternException");
    EXPECT_EQ(read.error().message, std::string("Event pattern is not valid. Reason: ") + reason) << pattern;
  }
  EXPECT_FALSE(EventPattern::parse("{\"a\":"));
}

TEST(EventPattern, SaysWhatItListsForAField) {
  auto read = EventPattern::parse(R"({"$or":[{"body":{"a":[1]}},{"id":["x"]}]})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->form_of("body"), EventPattern::Form::kFields);
  EXPECT_EQ(read->form_of("id"), EventPattern::Form::kValues);
  EXPECT_EQ(read->form_of("a"), EventPattern::Form::kAbsent);
}

}  // namespace
}  // namespace aws
