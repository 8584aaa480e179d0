// The processor grok: patterns of named expressions, %{NAME:field}.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Transformation-Configurable.html
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <cctype>

#include "aws/log_transform_step.h"

namespace aws::log_transform {

namespace {

constexpr int kNestingMax = 8;
constexpr std::size_t kExpressionBytesMax = 65'536;

// Expressions by their names, which may use others.
constexpr std::pair<std::string_view, std::string_view> kExpressions[] = {
    // words and numbers
    {"USERNAME", R"([a-zA-Z0-9._-]+)"},
    {"USER", "%{USERNAME}"},
    {"EMAILLOCALPART", R"([a-zA-Z0-9!#$%&'*+\-/=?^_`{|}~.]{1,64})"},
    {"EMAILADDRESS", "%{EMAILLOCALPART}@%{HOSTNAME}"},
    {"INT", R"([+-]?[0-9]+)"},
    {"BASE10NUM", R"([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))"},
    {"NUMBER", "%{BASE10NUM}"},
    {"BASE16NUM", R"((?:0[xX])?[0-9a-fA-F]+)"},
    {"BASE16FLOAT", R"([+-]?(?:0[xX])?[0-9a-fA-F]+(?:\.[0-9a-fA-F]*)?)"},
    {"POSINT", R"([1-9][0-9]*)"},
    {"NONNEGINT", R"([0-9]+)"},
    {"BOOLEAN", R"((?i:true|false))"},
    {"WORD", R"(\b\w+\b)"},
    {"NOTSPACE", R"(\S+)"},
    {"SPACE", R"(\s*)"},
    {"DATA", R"(.*?)"},
    {"GREEDYDATA", R"(.*)"},
    {"GREEDYDATA_MULTILINE", R"((?s:.*))"},
    {"QUOTEDSTRING", R"("(?:\\.|[^\\"])*"|'(?:\\.|[^\\'])*')"},
    {"QS", "%{QUOTEDSTRING}"},
    {"UUID", R"([A-Fa-f0-9]{8}-(?:[A-Fa-f0-9]{4}-){3}[A-Fa-f0-9]{12})"},
    {"URN", R"(urn:[0-9A-Za-z][0-9A-Za-z-]{0,31}:[0-9A-Za-z()+,.:=@;$_!*'/?#%-]+)"},
    // of AWS
    {"ARN", R"(arn:(?:aws|aws-cn|aws-us-gov):[a-z0-9-]*:[a-z0-9-]*:[0-9]*:[^\s]+)"},
    // networks
    {"CISCOMAC", R"((?:[A-Fa-f0-9]{4}\.){2}[A-Fa-f0-9]{4})"},
    {"WINDOWSMAC", R"((?:[A-Fa-f0-9]{2}-){5}[A-Fa-f0-9]{2})"},
    {"COMMONMAC", R"((?:[A-Fa-f0-9]{2}:){5}[A-Fa-f0-9]{2})"},
    {"MAC", "%{CISCOMAC}|%{WINDOWSMAC}|%{COMMONMAC}"},
    {"IPV4", R"((?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9]))"},
    {"IPV6", R"((?:[0-9A-Fa-f]{0,4}:){2,7}(?:%{IPV4}|[0-9A-Fa-f]{0,4}))"},
    {"IP", "%{IPV6}|%{IPV4}"},
    {"HOSTNAME", R"(\b[0-9A-Za-z](?:[0-9A-Za-z-]{0,62})(?:\.[0-9A-Za-z][0-9A-Za-z-]{0,62})*\.?)"},
    {"HOST", "%{HOSTNAME}"},
    {"IPORHOST", "%{IP}|%{HOSTNAME}"},
    {"HOSTPORT", "(?:%{IPORHOST}):%{POSINT}"},
    {"URIHOST", "(?:%{IPORHOST})(?::%{POSINT})?"},
    // paths
    {"UNIXPATH", R"((?:/[\w_%!$@:.,+~-]*)+)"},
    {"WINPATH", R"((?:[A-Za-z]+:|\\)(?:\\[^\\?*]*)+)"},
    {"PATH", "%{UNIXPATH}|%{WINPATH}"},
    {"TTY", R"(/dev/(?:pts|tty(?:[pq])?)(?:\w+)?/?(?:[0-9]+))"},
    {"URIPROTO", R"([A-Za-z][A-Za-z0-9+.-]+)"},
    {"URIPATH", R"((?:/[A-Za-z0-9$.+!*'(){},~:;=@#%&_-]*)+)"},
    {"URIPARAM", R"(\?[A-Za-z0-9$.+!*'|(){},~@#%&/=:;_?\[\]<>-]*)"},
    {"URIPATHPARAM", "%{URIPATH}(?:%{URIPARAM})?"},
    {"URI", "%{URIPROTO}://(?:%{USER}(?::[^@]*)?@)?(?:%{URIHOST})?(?:%{URIPATHPARAM})?"},
    // times
    {"MONTH", R"(\b(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:tember)?)"
              R"(|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b)"},
    {"MONTHNUM", R"(0?[1-9]|1[0-2])"},
    {"MONTHDAY", R"(0[1-9]|[12][0-9]|3[01]|[1-9])"},
    {"DAY", R"((?i:mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?))"},
    {"YEAR", R"([0-9]{4}|[0-9]{2})"},
    {"HOUR", R"(2[0123]|[01]?[0-9])"},
    {"MINUTE", R"([0-5][0-9])"},
    {"SECOND", R"((?:[0-5]?[0-9]|60)(?:[:.,][0-9]+)?)"},
    {"TIME", "(?:%{HOUR}):%{MINUTE}(?::%{SECOND})?"},
    {"DATE_US", "(?:%{MONTHNUM})[/-](?:%{MONTHDAY})[/-](?:%{YEAR})"},
    {"DATE_EU", "(?:%{MONTHDAY})[./-](?:%{MONTHNUM})[./-](?:%{YEAR})"},
    {"DATE", "%{DATE_US}|%{DATE_EU}"},
    {"TZ", R"([A-Z]{3,4})"},
    {"ISO8601_TIMEZONE", R"(Z|[+-](?:2[0123]|[01]?[0-9]):?[0-5][0-9])"},
    {"ISO8601_SECOND", "%{SECOND}"},
    {"TIMESTAMP_ISO8601",
     "(?:%{YEAR})-(?:%{MONTHNUM})-(?:%{MONTHDAY})[T ](?:%{HOUR}):?%{MINUTE}(?::?%{SECOND})?"
     "(?:%{ISO8601_TIMEZONE})?"},
    {"DATESTAMP", "(?:%{DATE})[- ]%{TIME}"},
    {"DATESTAMP_RFC822", "%{DAY} %{MONTH} (?:%{MONTHDAY}) (?:%{YEAR}) %{TIME} %{TZ}"},
    {"DATESTAMP_RFC2822", "%{DAY}, (?:%{MONTHDAY}) %{MONTH} (?:%{YEAR}) %{TIME} (?:%{ISO8601_TIMEZONE})"},
    {"DATESTAMP_OTHER", "%{DAY} %{MONTH} (?:%{MONTHDAY}) %{TIME} %{TZ} (?:%{YEAR})"},
    {"DATESTAMP_EVENTLOG", "(?:%{YEAR})(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:%{HOUR})%{MINUTE}%{SECOND}"},
    {"HTTPDATE", "(?:%{MONTHDAY})/%{MONTH}/(?:%{YEAR}):%{TIME} %{INT}"},
    // logs
    {"SYSLOGTIMESTAMP", "%{MONTH} +(?:%{MONTHDAY}) %{TIME}"},
    {"PROG", R"([\x21-\x5a\x5c\x5e-\x7e]+)"},
    {"SYSLOGPROG", R"((?:%{PROG})(?:\[%{POSINT}\])?)"},
    {"SYSLOGHOST", "%{IPORHOST}"},
    {"SYSLOGFACILITY", R"(<%{NONNEGINT}\.%{NONNEGINT}>)"},
    {"LOGLEVEL", R"((?i:alert|trace|debug|notice|info(?:rmation)?|warn(?:ing)?|err(?:or)?|crit(?:ical)?|fatal|severe)"
                 R"(|emerg(?:ency)?))"},
    {"APACHE_ACCESS_LOG",
     R"~((?:%{IPORHOST:clientip}) %{HTTPDUSER:ident} %{HTTPDUSER:auth} \[%{HTTPDATE:timestamp}\] )~"
     R"~("(?:%{WORD:verb} %{NOTSPACE:request}(?: HTTP/%{NUMBER:httpversion})?|%{DATA:rawrequest})" )~"
     R"~((?:%{INT:response}|-) (?:%{INT:bytes}|-)(?: "%{DATA:referrer}" "%{DATA:agent}")?)~"},
    {"NGINX_ACCESS_LOG", "%{APACHE_ACCESS_LOG}"},
    {"HTTPDUSER", R"([a-zA-Z0-9._@+-]+)"},
    {"SYSLOG5424", R"(<%{NONNEGINT:pri}>%{NONNEGINT:version} (?:%{TIMESTAMP_ISO8601:timestamp}|-) )"
                   R"((?:%{NOTSPACE:hostname}) (?:%{NOTSPACE:app}) (?:%{NOTSPACE:procid}) (?:%{NOTSPACE:msgid}) )"
                   R"((?:-|(?:\[%{DATA:structureddata}\])+)(?: %{GREEDYDATA:message})?)"},
};

std::optional<std::string_view> expression_named(std::string_view name) {
  auto found = std::ranges::find(kExpressions, name, [](const auto& entry) { return entry.first; });
  return found == std::end(kExpressions) ? std::nullopt : std::optional(found->second);
}

// A pattern as a regular expression; the groups that capture stand for `fields`, in order.
class GrokCompiler {
 public:
  Result<std::shared_ptr<const RE2>> compile(std::string_view pattern) {
    TRY_VOID(append(pattern, 0));
    RE2::Options options(RE2::Quiet);
    options.set_max_mem(4 << 20);
    auto compiled = std::make_shared<const RE2>(expression_, options);
    if (!compiled->ok() || compiled->NumberOfCapturingGroups() != static_cast<int>(fields_.size()))
      return invalid_transformer("The grok pattern is not valid.");
    return compiled;
  }
  std::vector<std::string> take_fields() { return std::move(fields_); }

 private:
  Result<void> append(std::string_view pattern, int depth) {
    if (depth > kNestingMax || expression_.size() > kExpressionBytesMax)
      return invalid_transformer("The grok pattern is too complex.");
    while (!pattern.empty()) {
      const std::size_t begin = pattern.find("%{");
      append_plain(pattern.substr(0, begin));
      if (begin == pattern.npos) break;
      const std::size_t end = pattern.find('}', begin);
      if (end == pattern.npos) return invalid_transformer("The grok pattern is not valid: '}' is missing.");
      TRY_VOID(append_named(pattern.substr(begin + 2, end - begin - 2), depth));
      pattern.remove_prefix(end + 1);
    }
    return {};
  }

  // Groups of the user's do not capture.
  void append_plain(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      expression_ += text[i];
      if (text[i] == '\\' && i + 1 < text.size()) {
        expression_ += text[++i];
      } else if (text[i] == '(' && (i + 1 == text.size() || text[i + 1] != '?')) {
        expression_ += "?:";
      }
    }
  }

  // NAME or NAME:field.
  Result<void> append_named(std::string_view text, int depth) {
    const std::size_t colon = text.find(':');
    const auto expression = expression_named(text.substr(0, colon));
    if (!expression) return invalid_transformer(fmt::format("There is no grok pattern {}.", text.substr(0, colon)));
    const std::string_view field = colon == text.npos ? "" : text.substr(colon + 1);
    if (field.find(':') != field.npos) return invalid_transformer("Grok patterns do not convert types.");
    expression_ += field.empty() ? "(?:" : "(";
    if (!field.empty()) fields_.emplace_back(field);
    TRY_VOID(append(*expression, depth + 1));
    expression_ += ')';
    return {};
  }

  std::string expression_;
  std::vector<std::string> fields_;
};

bool match_grok(Event& event, const std::string& source, const RE2& regex, const std::vector<std::string>& fields) {
  const auto text = event.text_at(source);
  if (!text) return false;
  std::vector<re2::StringPiece> groups(fields.size() + 1);
  if (!regex.Match(*text, 0, text->size(), RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size())))
    return false;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const re2::StringPiece& found = groups[i + 1];
    if (found.data() != nullptr)
      put_field(event.root, fields[i], Value(std::string_view(found.data(), found.size())), Existing::kOverwrite);
  }
  return true;
}

}  // namespace

Result<Step> grok_step(const Value& settings) {
  GrokCompiler compiler;
  auto regex = TRY(compiler.compile(settings.at("match").str()));
  return Step([source = source_of(settings), regex = std::move(regex), fields = compiler.take_fields()](Event& event) {
    return match_grok(event, source, *regex, fields);
  });
}

}  // namespace aws::log_transform
