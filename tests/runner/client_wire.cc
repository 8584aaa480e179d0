#include "runner/client_wire.h"

#include <fmt/format.h>

#include <cmath>
#include <ctime>

#include "base/bytes.h"
#include "base/json.h"
#include "base/strings.h"

namespace runner {

using model::Kind;
using model::Protocol;
using model::TimestampFormat;

namespace {

constexpr int kFirstErrorStatus = 300;

// "com.amazonaws.sqs#QueueDoesNotExist:http://…" -> "QueueDoesNotExist"
std::string bare_code(std::string_view code) {
  code = code.substr(0, code.find(':'));
  return std::string(code.substr(code.rfind('#') + 1));
}

ClientRequest encode_json(const model::Service& service, const model::Operation& operation, Protocol protocol,
                          const Value& input) {
  ClientRequest request;
  request.headers.emplace_back(
      "Content-Type", protocol == Protocol::kJson10 ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1");
  request.headers.emplace_back("X-Amz-Target", fmt::format("{}.{}", service.target_prefix, operation.name));
  request.body = json_body(*operation.input, input);
  return request;
}

ClientRequest encode_cbor(const model::Service& service, const model::Operation& operation, const Value& input) {
  ClientRequest request;
  request.path = fmt::format("/service/{}/operation/{}", service.target_prefix, operation.name);
  request.headers.emplace_back("Content-Type", "application/cbor");
  request.headers.emplace_back("Accept", "application/cbor");
  request.headers.emplace_back("Smithy-Protocol", "rpc-v2-cbor");
  request.body = cbor_body(*operation.input, input);
  return request;
}

ClientRequest encode_form(const model::Service& service, const model::Operation& operation, Protocol protocol,
                          const Value& input) {
  ClientRequest request;
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
  request.body = form_body(service, operation, protocol, input);
  return request;
}

Result<ClientError> read_json_error(const wire::Answer& answer) {
  Value body = answer.body.empty() ? Value(Value::Map{}) : TRY(base::parse_json(answer.body));
  ClientError error;
  std::string_view header = find_header(answer, "x-amzn-ErrorType");
  error.code = bare_code(!header.empty()      ? header
                         : body.has("__type") ? body.at("__type").str()
                                              : body.at("code").str());
  error.message = body.has("message") ? body.at("message").str() : body.at("Message").str();
  error.members = std::move(body);
  return error;
}

Result<ClientError> read_cbor_error(const wire::Answer& answer) {
  static const model::Shape kAnything{.kind = Kind::kDocument};
  ClientError error;
  error.members = TRY(read_cbor_body(kAnything, answer.body));
  error.code = bare_code(error.members.at("__type").str());
  error.message = error.members.has("message") ? error.members.at("message").str() : error.members.at("Message").str();
  return error;
}

Result<ClientError> read_error(Protocol protocol, const wire::Answer& answer) {
  switch (protocol) {
    case Protocol::kJson10:
    case Protocol::kJson11:
    case Protocol::kRestJson: return read_json_error(answer);
    case Protocol::kCbor: return read_cbor_error(answer);
    case Protocol::kQuery:
    case Protocol::kEc2:
    case Protocol::kRestXml: break;
  }
  // Answers to HEAD have no body, and 304 has none: the status is all there is.
  if (answer.body.empty()) return ClientError{.code = fmt::format("{}", answer.status)};
  return read_xml_error(answer.body);
}

// How query names the element around the output; services that left query no longer say it in their model.
std::string result_wrapper(const model::Operation& operation) {
  if (operation.output->members.empty()) return {};
  if (!operation.result_wrapper.empty()) return std::string(operation.result_wrapper);
  return fmt::format("{}Result", operation.name);
}

Result<Value> read_output(const model::Operation& operation, Protocol protocol, const wire::Answer& answer) {
  switch (protocol) {
    case Protocol::kJson10:
    case Protocol::kJson11: return read_json_body(*operation.output, answer.body);
    case Protocol::kCbor: return read_cbor_body(*operation.output, answer.body);
    case Protocol::kQuery: return read_xml_body(*operation.output, answer.body, result_wrapper(operation));
    case Protocol::kEc2: return read_xml_body(*operation.output, answer.body, "");
    case Protocol::kRestJson:
    case Protocol::kRestXml: break;
  }
  return decode_rest(operation, protocol, answer);
}

}  // namespace

ClientRequest encode_request(const model::Service& service, const model::Operation& operation, Protocol protocol,
                             const Value& input) {
  switch (protocol) {
    case Protocol::kJson10:
    case Protocol::kJson11: return encode_json(service, operation, protocol, input);
    case Protocol::kCbor: return encode_cbor(service, operation, input);
    case Protocol::kQuery:
    case Protocol::kEc2: return encode_form(service, operation, protocol, input);
    case Protocol::kRestJson:
    case Protocol::kRestXml: break;
  }
  return encode_rest(service, operation, protocol, input);
}

Result<ClientAnswer> decode_answer(const model::Service& service, const model::Operation& operation, Protocol protocol,
                                   const wire::Answer& answer) {
  ClientAnswer decoded{.status = answer.status};
  bool head_like = operation.output->members.empty() && answer.status < 400;
  decoded.success = answer.status < kFirstErrorStatus || head_like;
  if (decoded.success) {
    decoded.output = TRY(read_output(operation, protocol, answer));
    return decoded;
  }
  decoded.error = TRY(read_error(protocol, answer));
  if (const model::Shape* shape = service.find_error(decoded.error.code)) decoded.error.code = shape->name;
  return decoded;
}

std::string_view find_header(const wire::Answer& answer, std::string_view name) {
  for (auto& [header, value] : answer.headers)
    if (base::equal_ignoring_case(header, name)) return value;
  return {};
}

std::string format_time(std::int64_t time_ms, TimestampFormat format) {
  std::int64_t seconds = time_ms / 1000, millis = time_ms % 1000;
  if (format == TimestampFormat::kUnix) {
    std::string text = std::to_string(seconds);
    if (millis != 0) text += fmt::format(".{:03}", millis);
    return text;
  }
  std::time_t time = seconds;
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[64];
  if (format == TimestampFormat::kRfc822) {
    std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return text;
  }
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  return millis == 0 ? fmt::format("{}Z", text) : fmt::format("{}.{:03}Z", text, millis);
}

Result<Value> parse_time(std::string_view text, TimestampFormat format) {
  if (format == TimestampFormat::kUnix) {
    auto number = base::parse_number<double>(text);
    if (!number) return base::fail("Answer", fmt::format("'{}' is no time in seconds", text));
    return Value(static_cast<std::int64_t>(std::llround(*number * 1000)));
  }
  std::string whole(text);
  std::tm parts{};
  const char* pattern = format == TimestampFormat::kRfc822 ? "%a, %d %b %Y %H:%M:%S" : "%Y-%m-%dT%H:%M:%S";
  const char* rest = strptime(whole.c_str(), pattern, &parts);
  if (!rest) return base::fail("Answer", fmt::format("'{}' is no time", text));
  double fraction = 0;
  if (*rest == '.')
    fraction = base::parse_number<double>(std::string(rest, std::strspn(rest, ".0123456789"))).value_or(0);
  return Value(std::int64_t{timegm(&parts)} * 1000 + std::int64_t{std::llround(fraction * 1000)});
}

std::string scalar_text(const model::Member& member, const Value& value, TimestampFormat otherwise) {
  if (value.is_flag()) return value.flag() ? "true" : "false";
  if (member.shape->kind == Kind::kBlob && value.is_text()) return base::to_base64(value.str());
  if (member.shape->kind == Kind::kTimestamp && value.is_whole()) {
    TimestampFormat format = member.timestamp_format;
    if (format == TimestampFormat::kDefault) format = member.shape->timestamp_format;
    return format_time(value.num(), format == TimestampFormat::kDefault ? otherwise : format);
  }
  return value.is_text() ? value.str() : base::to_json(value);
}

Result<Value> scalar_from_text(const model::Member& member, std::string_view text, TimestampFormat otherwise) {
  auto wrong = [&] { return base::fail("Answer", fmt::format("'{}' is no value for {}", text, member.name)); };
  switch (member.shape->kind) {
    case Kind::kBoolean:
      if (text != "true" && text != "false") return wrong();
      return Value(text == "true");
    case Kind::kInteger:
    case Kind::kLong: {
      auto number = base::parse_number(text);
      if (!number) return wrong();
      return Value(*number);
    }
    case Kind::kFloat:
    case Kind::kDouble: {
      auto number = base::parse_number<double>(text);
      if (!number) return wrong();
      return Value(*number);
    }
    case Kind::kBlob: {
      auto bytes = base::from_base64(text);
      if (!bytes) return wrong();
      return Value(*std::move(bytes));
    }
    case Kind::kTimestamp: {
      TimestampFormat format = member.timestamp_format;
      if (format == TimestampFormat::kDefault) format = member.shape->timestamp_format;
      return parse_time(text, format == TimestampFormat::kDefault ? otherwise : format);
    }
    default: return Value(text);
  }
}

}  // namespace runner
