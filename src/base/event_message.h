#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/value.h"

// The frames of application/vnd.amazon.eventstream: messages with typed headers and checksums.
// https://smithy.io/2.0/aws/amazon-eventstream.html
namespace base {

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
  Result<std::optional<EventMessage>> next();
  // Whether a part of a message is waiting for its rest.
  bool is_inside_message() const { return taken_ < buffer_.size(); }

 private:
  std::string buffer_;
  std::size_t taken_ = 0;
};

}  // namespace base
