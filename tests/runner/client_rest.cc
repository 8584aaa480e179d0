#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json.h"
#include "base/strings.h"
#include "runner/client_wire.h"
#include "wire/event_stream.h"

namespace runner {

using model::Kind;
using model::Location;
using model::Member;
using model::Protocol;
using model::Shape;
using model::TimestampFormat;

namespace {

// "/{Bucket}/{Key+}?uploads" filled in: path and the fixed part of the query.
void fill_uri(const model::Operation& operation, const Value& input, ClientRequest& request) {
  std::string_view uri = operation.uri;
  std::string filled;
  while (true) {
    std::size_t open = uri.find('{');
    filled += uri.substr(0, open);
    if (open == std::string_view::npos) break;
    std::size_t close = uri.find('}', open);
    std::string_view label = uri.substr(open + 1, close - open - 1);
    bool greedy = label.ends_with('+');
    if (greedy) label.remove_suffix(1);
    for (auto& member : operation.input->members) {
      if (member.location != Location::kUri || member.wire_name() != label) continue;
      std::string text = scalar_text(member, input.at(member.name), TimestampFormat::kIso8601);
      filled += base::percent_encode(text, greedy ? "/" : "");
    }
    uri.remove_prefix(close + 1);
  }
  std::size_t mark = filled.find('?');
  request.path = filled.substr(0, mark);
  if (mark != std::string::npos) request.query = filled.substr(mark + 1);
}

void add_query(ClientRequest& request, std::string_view name, std::string_view value) {
  if (!request.query.empty()) request.query += '&';
  request.query += base::percent_encode(name) + '=' + base::percent_encode(value);
}

void write_query_member(const Member& member, const Value& value, ClientRequest& request) {
  const Shape& shape = *member.shape;
  if (shape.kind == Kind::kMap) {
    for (auto& [key, below] : value.map()) {
      if (!below.is_list()) add_query(request, key, scalar_text(shape.value(), below, TimestampFormat::kIso8601));
      for (auto& item : below.list())
        add_query(request, key, scalar_text(shape.value().shape->element(), item, TimestampFormat::kIso8601));
    }
  } else if (value.is_list()) {
    for (auto& below : value.list())
      add_query(request, member.wire_name(), scalar_text(shape.element(), below, TimestampFormat::kIso8601));
  } else {
    add_query(request, member.wire_name(), scalar_text(member, value, TimestampFormat::kIso8601));
  }
}

std::string header_text(const Member& member, const Value& value) {
  if (member.json_value) return base::to_base64(base::to_json(value));
  if (!value.is_list()) return scalar_text(member, value, TimestampFormat::kRfc822);
  std::string joined;
  for (auto& below : value.list()) {
    if (!joined.empty()) joined += ',';
    joined += scalar_text(member.shape->element(), below, TimestampFormat::kRfc822);
  }
  return joined;
}

// Writes what travels outside the body; whether anything is left for it.
bool write_bindings(const Shape& shape, const Value& input, ClientRequest& request) {
  bool body = false;
  for (auto& member : shape.members) {
    const Value& value = input.at(member.name);
    if (value.is_null()) continue;
    switch (member.location) {
      case Location::kUri:
      case Location::kStatusCode: break;
      case Location::kQuery: write_query_member(member, value, request); break;
      case Location::kHeader: request.headers.emplace_back(member.wire_name(), header_text(member, value)); break;
      case Location::kHeaders:
        for (auto& [name, below] : value.map())
          request.headers.emplace_back(fmt::format("{}{}", member.location_name, name), below.str());
        break;
      case Location::kBody: body = true;
    }
  }
  return body;
}

void write_payload(const Member& member, Protocol protocol, const Value& value, ClientRequest& request) {
  const Shape& shape = *member.shape;
  if (shape.kind == Kind::kBlob || shape.kind == Kind::kString) {
    request.body = value.str();
    if (shape.kind == Kind::kBlob) request.headers.emplace_back("Content-Type", "application/octet-stream");
  } else if (protocol == Protocol::kRestJson) {
    request.body = json_body(shape, value);
    request.headers.emplace_back("Content-Type", "application/json");
  } else {
    std::string_view root = member.location_name.empty() ? shape.location_name : member.location_name;
    request.body = xml_body(shape, root.empty() ? shape.name : root,
                            member.xml_namespace.uri.empty() ? shape.xml_namespace : member.xml_namespace, value);
    request.headers.emplace_back("Content-Type", "application/xml");
  }
}

void write_body(const model::Operation& operation, Protocol protocol, const Value& input, ClientRequest& request) {
  if (protocol == Protocol::kRestJson) {
    Value body(Value::Map{});
    for (auto& [name, value] : input.map()) {
      const Member* member = operation.input->find(name);
      if (!member || member->location == Location::kBody) body.set(name, value);
    }
    request.body = json_body(*operation.input, body);
    request.headers.emplace_back("Content-Type", "application/json");
    return;
  }
  std::string_view root = operation.input_location_name.empty() ? operation.input->name : operation.input_location_name;
  request.body = xml_body(*operation.input, root, operation.input_xml_namespace, input);
  request.headers.emplace_back("Content-Type", "application/xml");
}

Result<Value> read_header_member(const Member& member, std::string_view text) {
  if (member.json_value) {
    auto decoded = base::from_base64(text);
    if (!decoded) return base::fail("Answer", fmt::format("{} is no base64: {}", member.name, text));
    return base::parse_json(*decoded);
  }
  if (member.shape->kind != Kind::kList) return scalar_from_text(member, text, TimestampFormat::kRfc822);
  Value::List list;
  for (std::string_view part : base::split(text, ','))
    list.push_back(TRY(scalar_from_text(member.shape->element(), base::trim(part), TimestampFormat::kRfc822)));
  return Value(std::move(list));
}

Value read_prefixed_headers(const Member& member, const wire::Answer& answer) {
  Value::Map map;
  for (auto& [name, value] : answer.headers) {
    std::string_view start = std::string_view(name).substr(0, member.location_name.size());
    if (base::equal_ignoring_case(start, member.location_name))
      map.emplace_back(name.substr(start.size()), Value(value));
  }
  return Value(std::move(map));
}

Result<void> read_bindings(const Shape& shape, const wire::Answer& answer, Value& output) {
  for (auto& member : shape.members) {
    if (member.location == Location::kStatusCode) output.set(member.name, Value(answer.status));
    if (member.location == Location::kHeaders) output.set(member.name, read_prefixed_headers(member, answer));
    if (member.location != Location::kHeader) continue;
    std::string_view text = find_header(answer, member.wire_name());
    if (!text.empty()) output.set(member.name, TRY(read_header_member(member, text)));
  }
  return {};
}

Result<Value> read_payload(const Member& member, Protocol protocol, std::string_view body) {
  const Shape& shape = *member.shape;
  if (shape.event_stream) return wire::parse_event_stream(protocol, shape, body);
  if (shape.kind == Kind::kBlob || shape.kind == Kind::kString) return Value(body);
  if (body.empty()) return Value();
  return protocol == Protocol::kRestJson ? read_json_body(shape, body) : read_xml_body(shape, body, "");
}

}  // namespace

ClientRequest encode_rest(const model::Service&, const model::Operation& operation, Protocol protocol,
                          const Value& input) {
  ClientRequest request{.method = std::string(operation.method)};
  fill_uri(operation, input, request);
  const Shape& shape = *operation.input;
  bool has_body = write_bindings(shape, input, request);
  if (const Member* payload = shape.payload.empty() ? nullptr : shape.find(shape.payload)) {
    if (input.has(payload->name)) write_payload(*payload, protocol, input.at(payload->name), request);
  } else if (has_body || (protocol == Protocol::kRestJson && operation.method == "POST")) {
    write_body(operation, protocol, input, request);
  }
  return request;
}

Result<Value> decode_rest(const model::Operation& operation, Protocol protocol, const wire::Answer& answer) {
  const Shape& shape = *operation.output;
  Value output(Value::Map{});
  if (const Member* payload = shape.payload.empty() ? nullptr : shape.find(shape.payload)) {
    Value value = TRY(read_payload(*payload, protocol, answer.body));
    if (!value.is_null()) output.set(payload->name, std::move(value));
  } else if (!answer.body.empty()) {
    output = protocol == Protocol::kRestJson ? TRY(read_json_body(shape, answer.body))
                                             : TRY(read_xml_body(shape, answer.body, ""));
  }
  TRY_VOID(read_bindings(shape, answer, output));
  return output;
}

}  // namespace runner
