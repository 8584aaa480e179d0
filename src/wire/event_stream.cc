#include "wire/event_stream.h"

#include <algorithm>

#include "base/bytes.h"
#include "wire/cbor_body.h"
#include "wire/json_body.h"
#include "wire/xml_body.h"

namespace wire {

namespace {

using base::Result;
using model::Kind;
using model::Member;
using model::Protocol;
using model::Shape;

base::Error broken_message(std::string what) { return {"SerializationException", std::move(what)}; }

EventHeader text_header(std::string_view name, std::string_view text) {
  return {std::string(name), EventHeaderType::kText, Value(text)};
}

EventHeader event_header(const Member& member, const Value& value) {
  EventHeader header{std::string(member.wire_name()), EventHeaderType::kText, value};
  switch (member.shape->kind) {
    case Kind::kBoolean: header.type = value.flag() ? EventHeaderType::kTrue : EventHeaderType::kFalse; break;
    case Kind::kInteger: header.type = EventHeaderType::kInteger; break;
    case Kind::kLong: header.type = EventHeaderType::kLong; break;
    case Kind::kBlob: header.type = EventHeaderType::kBytes; break;
    case Kind::kTimestamp: header.type = EventHeaderType::kTimestamp; break;
    default: break;
  }
  return header;
}

std::string_view body_content_type(Protocol protocol) {
  if (protocol == Protocol::kCbor) return "application/cbor";
  return protocol == Protocol::kRestXml ? "text/xml" : "application/json";
}

std::string structure_body(Protocol protocol, const Shape& shape, const Value& value) {
  std::string body;
  if (protocol == Protocol::kCbor) {
    base::CborWriter out(body);
    write_cbor_structure(out, shape, value);
  } else if (protocol == Protocol::kRestXml) {
    base::XmlWriter out(body);
    open_xml(out, shape.location_name.empty() ? shape.name : shape.location_name, shape.xml_namespace);
    write_xml_structure(out, shape, value, Level::kNested, {});
    out.close();
  } else {
    append_json_structure(body, shape, value, Level::kNested);
  }
  return body;
}

Result<Value> parse_structure_body(Protocol protocol, const Shape& shape, std::string_view body) {
  if (protocol == Protocol::kCbor) return parse_cbor_structure(shape, body);
  if (protocol != Protocol::kRestXml) return parse_json_structure(shape, body);
  if (body.empty()) return Value(Value::Map{});
  base::XmlDocument document = TRY(base::parse_xml(body));
  auto value = read_xml_structure(shape, document.root(), Level::kNested);
  if (!value) return std::unexpected(broken_message("The XML of an event does not match its shape."));
  return *std::move(value);
}

// The members of an event that are neither headers nor the payload go into its body together.
Value without_headers(const Shape& shape, const Value& value) {
  Value rest{Value::Map{}};
  for (const auto& [name, element] : value.map()) {
    const Member* member = shape.find(name);
    if (member && !member->event_header) rest.set(name, element);
  }
  return rest;
}

void set_event_body(EventMessage& message, Protocol protocol, const Shape& shape, const Value& value) {
  auto& headers = message.headers;
  for (const Member& member : shape.members) {
    if (!member.event_payload) continue;
    const Value& payload = value.at(member.name);
    Kind kind = member.shape->kind;
    if (kind == Kind::kBlob || kind == Kind::kString) {
      headers.push_back(text_header(":content-type", kind == Kind::kBlob ? "application/octet-stream" : "text/plain"));
      message.payload = payload.str();
    } else {
      headers.push_back(text_header(":content-type", body_content_type(protocol)));
      message.payload = structure_body(protocol, *member.shape, payload);
    }
    return;
  }
  bool has_body =
      std::any_of(shape.members.begin(), shape.members.end(), [](const Member& m) { return !m.event_header; });
  // AWS: an event of S3 without members has neither type nor payload; json services send an empty structure.
  if (!has_body && protocol == Protocol::kRestXml) return;
  headers.push_back(text_header(":content-type", body_content_type(protocol)));
  message.payload = structure_body(protocol, shape, without_headers(shape, value));
}

Result<Value> parse_event_body(Protocol protocol, const Shape& shape, std::string_view payload) {
  for (const Member& member : shape.members) {
    if (!member.event_payload) continue;
    Value value{Value::Map{}};
    Kind kind = member.shape->kind;
    if (kind == Kind::kBlob || kind == Kind::kString)
      value.set(member.name, payload);
    else
      value.set(member.name, TRY(parse_structure_body(protocol, *member.shape, payload)));
    return value;
  }
  return parse_structure_body(protocol, shape, payload);
}

}  // namespace

const Member* event_stream_member(const Shape& shape) {
  for (const Member& member : shape.members)
    if (member.shape->event_stream) return &member;
  return nullptr;
}

std::string encode_event(Protocol protocol, const Shape& stream, const Value& event) {
  if (event.map().empty()) return {};
  const auto& [name, value] = event.map().front();
  const Member* member = stream.find(name);
  if (!member) return {};
  const Shape& shape = *member->shape;
  EventMessage message;
  if (shape.error) {
    message.headers = {text_header(":message-type", "exception"), text_header(":exception-type", member->wire_name())};
  } else {
    message.headers = {text_header(":message-type", "event"), text_header(":event-type", member->wire_name())};
  }
  for (const Member& part : shape.members)
    if (part.event_header && value.has(part.name)) message.headers.push_back(event_header(part, value.at(part.name)));
  set_event_body(message, protocol, shape, value);
  return encode_message(message);
}

std::string encode_event_error(Protocol protocol, const Shape& stream, const base::Error& error) {
  for (const Member& member : stream.members) {
    const Shape& shape = *member.shape;
    if (!shape.error || (shape.name != error.code && shape.error->code != error.code)) continue;
    Value value = error.details ? *error.details : Value(Value::Map{});
    for (std::string_view name : {"message", "Message"})
      if (shape.find(name)) value.set(name, error.message);
    return encode_event(protocol, stream, Value(Value::Map{{std::string(member.name), value}}));
  }
  return encode_message({.headers = {text_header(":message-type", "error"), text_header(":error-code", error.code),
                                     text_header(":error-message", error.message)},
                         .payload = {}});
}

std::string encode_initial_response(Protocol protocol, const Shape& output_shape, const Value& output) {
  Value rest = output.is_null() ? Value(Value::Map{}) : output;
  if (const Member* stream = event_stream_member(output_shape)) rest.erase(stream->name);
  return encode_message(
      {.headers = {text_header(":message-type", "event"), text_header(":event-type", "initial-response"),
                   text_header(":content-type", body_content_type(protocol))},
       .payload = structure_body(protocol, output_shape, rest)});
}

std::string encode_event_stream_output(Protocol protocol, const Shape& output_shape, const Value& output) {
  const Member* stream = event_stream_member(output_shape);
  if (output.at(stream->name).is_text()) return output.at(stream->name).str();
  std::string body = encode_initial_response(protocol, output_shape, output);
  for (const Value& event : output.at(stream->name).list()) body += encode_event(protocol, *stream->shape, event);
  return body;
}

Result<std::optional<Value>> event_of(Protocol protocol, const Shape& stream, const EventMessage& message) {
  if (message.text(":message-type").empty()) {
    // A signed stream wraps each message into another, whose headers are a date and a signature; the last one is empty.
    if (message.payload.empty()) return std::nullopt;
    EventDecoder decoder;
    decoder.feed(message.payload);
    auto inner = TRY(decoder.next());
    if (!inner || inner->text(":message-type").empty())
      return std::unexpected(broken_message("A signed event message holds no event."));
    return event_of(protocol, stream, *inner);
  }
  std::string_view type = message.text(":event-type");
  const Member* member = nullptr;
  for (const Member& each : stream.members)
    if (each.wire_name() == type) member = &each;
  if (!member) return std::unexpected(broken_message("An event is of no type that the stream knows."));
  Value value = TRY(parse_event_body(protocol, *member->shape, message.payload));
  for (const Member& part : member->shape->members)
    if (part.event_header)
      for (const EventHeader& header : message.headers)
        if (header.name == part.wire_name()) value.set(part.name, header.value);
  return Value(Value::Map{{std::string(member->name), std::move(value)}});
}

Result<Value> parse_event_stream(Protocol protocol, const Shape& stream, std::string_view body) {
  Value events{Value::List{}};
  EventDecoder decoder;
  decoder.feed(body);
  while (auto message = TRY(decoder.next()))
    if (auto event = TRY(event_of(protocol, stream, *message))) events.push(*std::move(event));
  if (decoder.is_inside_message()) return std::unexpected(broken_message("The last event message is cut short."));
  return events;
}

Result<Value> parse_event_stream_input(Protocol protocol, const Shape& input_shape, std::string_view body) {
  const Member& stream = *event_stream_member(input_shape);
  Value input{Value::Map{}};
  Value events{Value::List{}};
  EventDecoder decoder;
  decoder.feed(body);
  while (auto message = TRY(decoder.next())) {
    if (message->text(":event-type") == "initial-request")
      input = TRY(parse_structure_body(protocol, input_shape, message->payload));
    else if (auto event = TRY(event_of(protocol, *stream.shape, *message)))
      events.push(*std::move(event));
  }
  if (decoder.is_inside_message()) return std::unexpected(broken_message("The last event message is cut short."));
  input.set(stream.name, std::move(events));
  return input;
}

}  // namespace wire
