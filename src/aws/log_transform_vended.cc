// Processors for logs as AWS's services write them.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Transformation-BuiltIn.html
#include <re2/re2.h>

#include <algorithm>
#include <span>

#include "aws/log_transform_step.h"
#include "base/bytes.h"
#include "base/json.h"
#include "base/strings.h"

namespace aws::log_transform {

namespace {

constexpr std::string_view kFlowFields[] = {"version", "accountId", "interfaceId", "srcAddr",  "dstAddr",
                                            "srcPort", "dstPort",   "protocol",    "packets",  "bytes",
                                            "start",   "end",       "action",      "logStatus"};
constexpr std::string_view kRoute53Fields[] = {"version",    "queryTimestamp",  "hostZoneId", "queryName",
                                               "queryType",  "responseCode",    "protocol",   "edgeLocation",
                                               "resolverIp", "ednsClientSubnet"};
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html
constexpr std::string_view kCloudFrontFields[] = {
    "date",
    "time",
    "x-edge-location",
    "sc-bytes",
    "c-ip",
    "cs-method",
    "cs(Host)",
    "cs-uri-stem",
    "sc-status",
    "cs(Referer)",
    "cs(User-Agent)",
    "cs-uri-query",
    "cs(Cookie)",
    "x-edge-result-type",
    "x-edge-request-id",
    "x-host-header",
    "cs-protocol",
    "cs-bytes",
    "time-taken",
    "x-forwarded-for",
    "ssl-protocol",
    "ssl-cipher",
    "x-edge-response-result-type",
    "cs-protocol-version",
    "fle-status",
    "fle-encrypted-fields",
    "c-port",
    "time-to-first-byte",
    "x-edge-detailed-result-type",
    "sc-content-type",
    "sc-content-len",
    "sc-range-start",
    "sc-range-end",
};

// Numbers become numbers, but those that only look so: account ids keep their zeros.
Value typed(std::string_view name, std::string_view text) {
  if (name != "accountId") {
    if (auto whole = base::parse_number<std::int64_t>(text)) return Value(*whole);
    if (text.find('.') != text.npos)
      if (auto real = base::parse_number<double>(text)) return Value(*real);
  }
  return Value(text);
}

// Words in order of the names; fewer than `least` are none of such a line.
bool take_words(Event& event, char between, std::span<const std::string_view> names, std::size_t least) {
  std::vector<std::string_view> words = base::split(event.message, between);
  if (words.size() < least || words.size() > names.size()) return false;
  for (std::size_t i = 0; i < words.size(); ++i) event.root.set(names[i], typed(names[i], base::trim(words[i])));
  return true;
}

bool parse_flow(Event& event) { return take_words(event, ' ', kFlowFields, std::size(kFlowFields)); }

bool parse_route53(Event& event) { return take_words(event, ' ', kRoute53Fields, std::size(kRoute53Fields) - 1); }

bool parse_cloudfront(Event& event) {
  constexpr std::size_t kOldest = 24;  // fields were added over the years
  if (event.message.starts_with('#')) return false;
  return take_words(event, '\t', kCloudFrontFields, kOldest);
}

// "2019-03-10 03:54:59 UTC:10.0.0.123(52834):postgres@logtestdb:[20175]:ERROR: …", by log_line_prefix %t:%r:%u@%d:[%p]:
bool parse_postgres(Event& event) {
  static const RE2 kLine(R"(^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \w+):([^:]*):([^@:]*)@([^:]*):\[(\d+)\]:(\w+):)");
  static constexpr std::string_view kNames[] = {"logTime", "srcIp", "userName", "dbName", "processId", "logLevel"};
  std::string found[6];
  if (!RE2::PartialMatch(re2::StringPiece(event.message.data(), event.message.size()), kLine, &found[0], &found[1],
                         &found[2], &found[3], &found[4], &found[5]))
    return false;
  for (std::size_t i = 0; i < 6; ++i) event.root.set(kNames[i], std::move(found[i]));
  return true;
}

// Headers, a list of names and values, become a map.
bool parse_firewall(Event& event) {
  auto parsed = base::parse_json(event.message);
  if (!parsed || !parsed->is_map() || !parsed->has("httpRequest")) return false;
  Value request = parsed->at("httpRequest");
  Value headers{Value::Map{}};
  for (const Value& header : request.at("headers").list()) headers.set(header.at("name").str(), header.at("value"));
  request.set("headers", std::move(headers));
  parsed->set("httpRequest", std::move(request));
  event.root = *std::move(parsed);
  return true;
}

}  // namespace

Result<Step> vended_step(std::string_view name, const Value& settings) {
  if (name == "parseToOCSF") return base::fail("NotImplemented", "The processor parseToOCSF is not implemented.");
  if (settings.has("source") && settings.at("source").str() != "@message")
    return invalid_transformer("The source of such a processor can only be @message.");
  if (name == "parseVPC") return Step(parse_flow);
  if (name == "parseRoute53") return Step(parse_route53);
  if (name == "parseCloudfront") return Step(parse_cloudfront);
  if (name == "parsePostgres") return Step(parse_postgres);
  return Step(parse_firewall);
}

}  // namespace aws::log_transform
