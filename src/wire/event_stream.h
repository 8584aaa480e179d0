#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/event_message.h"
#include "base/result.h"
#include "base/value.h"
#include "model/shape.h"

// Event streams: application/vnd.amazon.eventstream, a sequence of framed messages (base/event_message.h).
// https://smithy.io/2.0/aws/amazon-eventstream.html
namespace wire {

using base::Value;

inline constexpr std::string_view kEventStreamContentType = "application/vnd.amazon.eventstream";

using base::encode_message;
using base::EventDecoder;
using base::EventHeader;
using base::EventHeaderType;
using base::EventMessage;
using base::kEventHeadersBytesMax;
using base::kEventMessageBytesMax;

// The member that is sent as a stream of events; null when there is none.
const model::Member* event_stream_member(const model::Shape& shape);

// One event of a stream, a map with one entry; an exception of the stream becomes an exception message.
std::string encode_event(model::Protocol protocol, const model::Shape& stream, const Value& event);
// An error that ends a stream. One the stream models is an exception message, any other an error message.
std::string encode_event_error(model::Protocol protocol, const model::Shape& stream, const base::Error& error);
// The message that carries the members of an output beside its stream; json and cbor send it first.
std::string encode_initial_response(model::Protocol protocol, const model::Shape& output_shape, const Value& output);
// A complete stream of json and cbor: the initial response and the events that the stream's member lists. A text in
// place of the list is the stream itself, as an operation has written it.
std::string encode_event_stream_output(model::Protocol protocol, const model::Shape& output_shape, const Value& output);

// The event a message holds, as a map with one entry. A signed message is unwrapped. Nothing for the empty message that
// ends a signed stream.
base::Result<std::optional<Value>> event_of(model::Protocol protocol, const model::Shape& stream,
                                            const EventMessage& message);
// A complete stream as a list of its events.
base::Result<Value> parse_event_stream(model::Protocol protocol, const model::Shape& stream, std::string_view body);
// An input of json or cbor that has a stream: the initial request's members and the events.
base::Result<Value> parse_event_stream_input(model::Protocol protocol, const model::Shape& input_shape,
                                             std::string_view body);

}  // namespace wire
