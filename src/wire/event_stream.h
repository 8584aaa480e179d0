#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/value.h"
#include "model/shape.h"

// Event streams: application/vnd.amazon.eventstream, a sequence of framed messages with typed headers and checksums.
// https://smithy.io/2.0/aws/amazon-eventstream.html
namespace wire {

using base::Value;

inline constexpr std::string_view kEventStreamContentType = "application/vnd.amazon.eventstream";

// "The total byte length of the message … must not exceed 16 MiB", the headers not 128 KiB.
inline constexpr std::size_t kEventMessageBytesMax = 16 * 1024 * 1024 + 128 * 1024 + 16;
inline constexpr std::size_t kEventHeadersBytesMax = 128 * 1024;

// The numbers are those on the wire.
enum class EventHeaderType : unsigned char {
  kTrue = 0,
  kFalse = 1,
  kByte = 2,
  kShort = 3,
  kInteger = 4,
  kLong = 5,
  kBytes = 6,
  kText = 7,
  kTimestamp = 8,
  kUuid = 9
};

struct EventHeader {
  std::string name;  // 1 to 255 bytes
  EventHeaderType type = EventHeaderType::kText;
  Value value;  // flag, whole number (timestamps in milliseconds), text or bytes (a UUID is 16 of them)
};

struct EventMessage {
  std::vector<EventHeader> headers;
  std::string payload;

  // The text of a header; empty when it is absent.
  std::string_view text(std::string_view name) const;
};

std::string encode_message(const EventMessage& message);

// Takes bytes as they arrive and gives back whole messages. After an error the decoder stays in it.
class EventDecoder {
 public:
  void feed(std::string_view bytes) { buffer_.append(bytes); }
  // The next message, or nothing until more bytes have arrived. Errors: code "SerializationException" where lengths,
  // checksums or headers are wrong.
  base::Result<std::optional<EventMessage>> next();
  // Whether a part of a message is waiting for its rest.
  bool is_inside_message() const { return taken_ < buffer_.size(); }

 private:
  std::string buffer_;
  std::size_t taken_ = 0;
};

// The member that is sent as a stream of events; null when there is none.
const model::Member* event_stream_member(const model::Shape& shape);

// One event of a stream, a map with one entry; an exception of the stream becomes an exception message.
std::string encode_event(model::Protocol protocol, const model::Shape& stream, const Value& event);
// An error that ends a stream. One the stream models is an exception message, any other an error message.
std::string encode_event_error(model::Protocol protocol, const model::Shape& stream, const base::Error& error);
// The message that carries the members of an output beside its stream; json and cbor send it first.
std::string encode_initial_response(model::Protocol protocol, const model::Shape& output_shape, const Value& output);
// A complete stream of json and cbor: the initial response and the events that the stream's member lists.
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
