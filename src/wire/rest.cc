// The HTTP bindings of rest-json and rest-xml: https://smithy.io/2.0/spec/http-bindings.html
#include "wire/rest.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/strings.h"
#include "wire/event_stream.h"
#include "wire/form.h"
#include "wire/scalar.h"

namespace wire {

namespace {

using base::Result;
using model::Kind;
using model::Location;
using model::Member;
using model::Protocol;
using model::Shape;
using model::TimestampFormat;

// The parts of a header with several values. Commas inside quotes do not separate; dates have one comma of their own.
std::vector<std::string> split_header(std::string_view text, bool dates) {
  std::vector<std::string> parts(1);
  bool quoted = false;
  int commas = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char byte = text[i];
    if (quoted && byte == '\\' && i + 1 < text.size())
      parts.back() += text[++i];
    else if (byte == '"')
      quoted = !quoted;
    else if (byte == ',' && !quoted && !(dates && ++commas % 2 == 1))
      parts.emplace_back();
    else
      parts.back() += byte;
  }
  for (std::string& part : parts) part = std::string(base::trim(part));
  return parts;
}

// What aws-chunked says about the transfer has been undone with it: other encodings are the object's own.
std::string without_chunking(std::string_view encodings) {
  std::string rest;
  for (const std::string& each : split_header(encodings, false)) {
    if (each == "aws-chunked" || each.empty()) continue;
    if (!rest.empty()) rest += ", ";
    rest += each;
  }
  return rest;
}

// A header value of a list that would otherwise be read as several, or as something else.
void append_header_part(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (char byte : text) {
    if (byte == '"' || byte == '\\') out += '\\';
    out += byte;
  }
  out += '"';
}

bool is_http_date(const Member& element, TimestampFormat of_place) {
  return element.shape->kind == Kind::kTimestamp && timestamp_format(element, of_place) == TimestampFormat::kRfc822;
}

// Collects the members of a request from everywhere but the body.
class BindingReader {
 public:
  BindingReader(const Route& route, const Request& request)
      : route_(route),
        shape_(*route.operation->input),
        query_(parse_parameters(request.query)),
        headers_(request.headers) {
    if (is_s3(route)) hoist_headers();
  }

  Result<void> read(Value& input) const {
    for (const Member& member : shape_.members) {
      Value value;
      switch (member.location) {
        case Location::kUri: value = TRY(read_label(member)); break;
        case Location::kQuery: value = TRY(read_query(member)); break;
        case Location::kHeader: value = TRY(read_header(member)); break;
        case Location::kHeaders: value = read_prefixed_headers(member); break;
        default: continue;
      }
      if (!value.is_null()) input.map_to_change().emplace_back(std::string(member.name), std::move(value));
    }
    return {};
  }

 private:
  Result<Value> scalar(const Member& member, std::string_view text, TimestampFormat of_place) const {
    if (auto value = scalar_from_text(member, text, of_place)) return *std::move(value);
    if (is_s3(route_))
      return base::fail("InvalidArgument",
                        fmt::format("Provided {} not an integer or within integer range", member.wire_name()));
    return base::fail("SerializationException",
                      fmt::format("STRING_VALUE can not be converted to {} {}",
                                  member.shape->kind == Kind::kInteger ? "an" : "a", name_of(member.shape->kind)));
  }

  Result<Value> read_label(const Member& member) const {
    for (const auto& [name, text] : route_.labels)
      if (name == member.wire_name()) return scalar(member, text, TimestampFormat::kIso8601);
    return Value();
  }

  Result<Value> read_query(const Member& member) const {
    if (member.shape->kind == Kind::kMap) return read_query_map(member);
    Value value;
    for (const auto& [name, text] : query_) {
      if (name != member.wire_name()) continue;
      if (member.shape->kind != Kind::kList) {
        // "?max-keys=": a parameter without its number is taken as absent.
        if (text.empty() && member.shape->kind != Kind::kString) return Value();
        return scalar(member, text, TimestampFormat::kIso8601);
      }
      value.push(TRY(scalar(member.shape->element(), text, TimestampFormat::kIso8601)));
    }
    return value;
  }

  // Takes every parameter that no other member and no literal of the URI has claimed.
  Result<Value> read_query_map(const Member& member) const {
    const Member& element = member.shape->value();
    Value value;
    for (const auto& [name, text] : query_) {
      if (is_bound_parameter(name)) continue;
      if (element.shape->kind != Kind::kList) {
        value.set(name, TRY(scalar(element, text, TimestampFormat::kIso8601)));
        continue;
      }
      Value list = value.at(name);
      list.push(TRY(scalar(element.shape->element(), text, TimestampFormat::kIso8601)));
      value.set(name, std::move(list));
    }
    return value;
  }

  bool is_bound_parameter(std::string_view name) const {
    for (const Member& member : shape_.members)
      if (member.location == Location::kQuery && member.shape->kind != Kind::kMap && member.wire_name() == name)
        return true;
    std::string_view uri = route_.operation->uri;
    std::size_t mark = uri.find('?');
    if (mark == std::string_view::npos) return false;
    for (const auto& [literal, text] : parse_parameters(uri.substr(mark + 1)))
      if (literal == name) return true;
    return false;
  }

  Result<Value> read_header(const Member& member) const {
    const Header* header = find_header(member.wire_name());
    if (!header) return Value();
    std::string_view text = base::trim(header->value);
    if (member.shape->kind == Kind::kList) return read_header_list(member.shape->element(), text);
    if (member.json_value) {
      auto decoded = base::from_base64(text);
      return decoded ? Value(*std::move(decoded)) : Value(text);
    }
    if (text.empty() && member.shape->kind != Kind::kString) return Value();
    if (base::equal_ignoring_case(member.wire_name(), "Content-Encoding")) {
      std::string encodings = without_chunking(text);
      return encodings.empty() ? Value() : Value(std::move(encodings));
    }
    return scalar(member, text, TimestampFormat::kRfc822);
  }

  Result<Value> read_header_list(const Member& element, std::string_view text) const {
    Value list{Value::List{}};
    if (text.empty()) return list;
    for (const std::string& part : split_header(text, is_http_date(element, TimestampFormat::kRfc822)))
      list.push(TRY(scalar(element, part, TimestampFormat::kRfc822)));
    return list;
  }

  Value read_prefixed_headers(const Member& member) const {
    Value map;
    for (const Header& header : headers_) {
      std::string_view prefix = member.location_name;
      if (header.name.size() < prefix.size() ||
          !base::equal_ignoring_case(header.name.substr(0, prefix.size()), prefix))
        continue;
      std::string_view rest = header.name.substr(prefix.size());
      // S3 keeps the names of user metadata in lower case.
      map.set(is_s3(route_) ? base::to_lower(rest) : std::string(rest), base::trim(header.value));
    }
    return map;
  }

  // Links that are signed in advance carry headers in the query: makers of links put them there, as whoever opens a
  // link sends none. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
  void hoist_headers() {
    constexpr std::string_view kOfSignatures[] = {"x-amz-algorithm",    "x-amz-credential",     "x-amz-date",
                                                  "x-amz-expires",      "x-amz-security-token", "x-amz-signature",
                                                  "x-amz-signedheaders"};
    const auto is_signature = [](const auto& each) {
      return each.first == "X-Amz-Signature" || each.first == "Signature";
    };
    if (std::ranges::none_of(query_, is_signature)) return;
    for (const auto& [name, value] : query_) {
      const std::string lower = base::to_lower(name);
      if (!lower.starts_with("x-amz-") || std::ranges::find(kOfSignatures, lower) != std::end(kOfSignatures) ||
          find_header(name))
        continue;
      if (all_headers_.empty()) all_headers_.assign(headers_.begin(), headers_.end());
      all_headers_.push_back({name, value});
      headers_ = all_headers_;
    }
  }

  const Header* find_header(std::string_view name) const {
    for (const Header& header : headers_)
      if (base::equal_ignoring_case(header.name, name)) return &header;
    return nullptr;
  }

  const Route& route_;
  const Shape& shape_;
  std::vector<std::pair<std::string, std::string>> query_;
  std::span<const Header> headers_;
  std::vector<Header> all_headers_;  // with those of the query; empty: there are none
};

Result<Value> parse_payload(const Route& route, const Member& member, std::string_view body) {
  Kind kind = member.shape->kind;
  if (member.shape->event_stream) return parse_event_stream(route.protocol, *member.shape, body);
  if (kind == Kind::kBlob || kind == Kind::kString)
    return body.empty() && !member.streaming && !member.shape->streaming ? Value() : Value(body);
  if (body.empty()) return Value();
  return route.protocol == Protocol::kRestJson ? parse_rest_json_payload(route, member, body)
                                               : parse_rest_xml_payload(route, member, body);
}

void append_header_value(std::string& out, const Member& member, const Value& value) {
  if (member.shape->kind == Kind::kList) {
    bool first = true;
    for (const Value& element : value.list()) {
      if (!first) out += ", ";
      first = false;
      std::string text;
      append_scalar(text, member.shape->element(), element, TimestampFormat::kRfc822);
      if (member.shape->element().shape->kind == Kind::kTimestamp)
        out += text;
      else
        append_header_part(out, text);
    }
    return;
  }
  if (member.json_value)
    out += base::to_base64(value.str());
  else
    append_scalar(out, member, value, TimestampFormat::kRfc822);
}

void write_payload(Answer& answer, const Route& route, const Member& member, const Value& value) {
  if (member.shape->event_stream) {
    if (!has_header(answer, "Content-Type")) answer.headers.emplace_back("Content-Type", kEventStreamContentType);
    answer.body = value.str();  // of an operation that writes its stream itself
    for (const Value& event : value.list()) answer.body += encode_event(route.protocol, *member.shape, event);
    return;
  }
  Kind kind = member.shape->kind;
  if (kind == Kind::kBlob || kind == Kind::kString) {
    // An answer without the payload has no type either, but an empty object of S3 has.
    if (value.is_null() && !is_s3(route)) return;
    answer.body = value.str();
    if (has_header(answer, "Content-Type")) return;
    std::string_view octets = is_s3(route) ? "binary/octet-stream" : "application/octet-stream";
    // AWS: the policy of a bucket is the only text of S3 that is not just text.
    std::string_view text = is_s3(route) ? "application/json" : "text/plain";
    answer.headers.emplace_back("Content-Type", kind == Kind::kString ? text : octets);
    return;
  }
  if (value.is_null()) return;
  if (route.protocol == Protocol::kRestJson)
    write_rest_json_payload(answer, route, member, value);
  else
    write_rest_xml_payload(answer, route, member, value);
}

}  // namespace

bool is_s3(const Route& route) { return route.service && route.service->id == "s3"; }

std::string s3_host_id(std::string_view request_id) { return base::to_base64(base::sha256(request_id)); }

void add_rest_request_id(Answer& answer, const Route& route, std::string_view request_id) {
  if (!route.service || !route.service->id.starts_with("s3")) {
    answer.headers.emplace_back("x-amzn-RequestId", request_id);
    return;
  }
  answer.headers.emplace_back("x-amz-request-id", request_id);
  answer.headers.emplace_back("x-amz-id-2", s3_host_id(request_id));
}

bool has_header(const Answer& answer, std::string_view name) {
  return std::any_of(answer.headers.begin(), answer.headers.end(),
                     [&](const auto& header) { return base::equal_ignoring_case(header.first, name); });
}

bool has_body_members(const Shape& shape, Level level) {
  return std::any_of(shape.members.begin(), shape.members.end(),
                     [&](const Member& member) { return is_in_body(member, level) && member.name != shape.payload; });
}

void add_bound_headers(Answer& answer, const Shape& shape, const Value& output) {
  for (const Member& member : shape.members) {
    const Value& value = output.at(member.name);
    if (value.is_null()) continue;
    if (member.location == Location::kHeader) {
      if (value.is_list() && value.list().empty()) continue;
      std::string text;
      append_header_value(text, member, value);
      answer.headers.emplace_back(member.wire_name(), std::move(text));
    }
    if (member.location == Location::kHeaders)
      for (const auto& [name, element] : value.map())
        answer.headers.emplace_back(fmt::format("{}{}", member.location_name, name), element.str());
  }
}

Result<Value> parse_rest_input(const Route& route, const Request& request) {
  const Shape& shape = *route.operation->input;
  Value input{Value::Map{}};
  TRY_VOID(BindingReader(route, request).read(input));
  if (!shape.payload.empty()) {
    const Member* payload = shape.find(shape.payload);
    if (!payload) return input;
    Value value = TRY(parse_payload(route, *payload, request.body));
    if (!value.is_null()) input.set(payload->name, std::move(value));
    return input;
  }
  if (request.body.empty() || !has_body_members(shape, Level::kInput)) return input;
  Value body = route.protocol == Protocol::kRestJson ? TRY(parse_rest_json_body(route, request.body))
                                                     : TRY(parse_rest_xml_body(route, request.body));
  for (const auto& [name, value] : body.map()) input.set(name, value);
  return input;
}

Answer write_rest_output(const Route& route, const Value& output, std::string_view request_id) {
  const Shape& shape = *route.operation->output;
  Answer answer{.status = route.operation->response_code};
  add_rest_request_id(answer, route, request_id);
  add_bound_headers(answer, shape, output);
  for (const Member& member : shape.members)
    if (member.location == Location::kStatusCode && output.has(member.name))
      answer.status = static_cast<int>(output.at(member.name).num());
  // AWS: a part of an object is "206 Partial Content", which the model does not say.
  if (is_s3(route) && output.has("ContentRange")) answer.status = 206;
  if (route.operation->method == "HEAD") return answer;
  const Member* payload = shape.payload.empty() ? nullptr : shape.find(shape.payload);
  if (payload)
    write_payload(answer, route, *payload, output.at(payload->name));
  else if (route.protocol == Protocol::kRestJson)
    write_rest_json_body(answer, route, output);
  else
    write_rest_xml_body(answer, route, output);
  return answer;
}

}  // namespace wire
