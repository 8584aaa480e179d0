#include "base/event_message.h"

#include <cstdint>

#include "base/bytes.h"

namespace base {

namespace {

constexpr std::size_t kEventPreludeBytes = 12;  // total length, headers' length, checksum of both
constexpr std::size_t kEventFrameBytes = kEventPreludeBytes + 4;

void append_event_number(std::string& out, std::uint64_t number, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xFF);
}

std::uint64_t read_event_number(std::string_view bytes) {
  std::uint64_t number = 0;
  for (char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

// Bytes of a number of this type; 0 for the other types.
int event_number_bytes(EventHeaderType type) {
  switch (type) {
    case EventHeaderType::kByte: return 1;
    case EventHeaderType::kShort: return 2;
    case EventHeaderType::kInteger: return 4;
    case EventHeaderType::kLong:
    case EventHeaderType::kTimestamp: return 8;
    default: return 0;
  }
}

void append_event_header(std::string& out, const EventHeader& header) {
  append_event_number(out, header.name.size(), 1);
  out += header.name;
  append_event_number(out, static_cast<std::uint64_t>(header.type), 1);
  if (int bytes = event_number_bytes(header.type))
    append_event_number(out, static_cast<std::uint64_t>(header.value.num()), bytes);
  if (header.type == EventHeaderType::kBytes || header.type == EventHeaderType::kText) {
    append_event_number(out, header.value.str().size(), 2);
    out += header.value.str();
  }
  if (header.type == EventHeaderType::kUuid) out += header.value.str();
}

Error broken_event(std::string what) { return {"SerializationException", std::move(what)}; }

// Takes `count` bytes from the front, or nothing when there are fewer.
std::optional<std::string_view> take_event_bytes(std::string_view& bytes, std::size_t count) {
  if (bytes.size() < count) return std::nullopt;
  std::string_view taken = bytes.substr(0, count);
  bytes.remove_prefix(count);
  return taken;
}

std::optional<Value> take_header_value(std::string_view& bytes, EventHeaderType type) {
  if (type == EventHeaderType::kTrue || type == EventHeaderType::kFalse) return Value(type == EventHeaderType::kTrue);
  if (int count = event_number_bytes(type)) {
    auto number = take_event_bytes(bytes, static_cast<std::size_t>(count));
    if (!number) return std::nullopt;
    // Numbers are signed, whatever their width.
    int shift = 64 - count * 8;
    return Value(static_cast<std::int64_t>(read_event_number(*number) << shift) >> shift);
  }
  std::size_t length = 16;  // of a UUID
  if (type != EventHeaderType::kUuid) {
    auto size = take_event_bytes(bytes, 2);
    if (!size) return std::nullopt;
    length = read_event_number(*size);
  }
  auto text = take_event_bytes(bytes, length);
  return text ? std::optional<Value>(*text) : std::nullopt;
}

Result<std::vector<EventHeader>> read_event_headers(std::string_view bytes) {
  std::vector<EventHeader> headers;
  while (!bytes.empty()) {
    auto length = static_cast<unsigned char>(bytes[0]);
    bytes.remove_prefix(1);
    auto name = take_event_bytes(bytes, length);
    auto type = take_event_bytes(bytes, 1);
    if (!name || !type || static_cast<unsigned char>((*type)[0]) > static_cast<unsigned char>(EventHeaderType::kUuid))
      return std::unexpected(broken_event("A header of an event message is not of a known form."));
    EventHeader header{std::string(*name), static_cast<EventHeaderType>((*type)[0]), {}};
    auto value = take_header_value(bytes, header.type);
    if (!value) return std::unexpected(broken_event("A header of an event message is cut short."));
    header.value = *std::move(value);
    headers.push_back(std::move(header));
  }
  return headers;
}

}  // namespace

std::string_view EventMessage::text(std::string_view name) const {
  for (const EventHeader& header : headers)
    if (header.name == name) return header.value.str();
  return {};
}

std::string encode_message(const EventMessage& message) {
  std::string headers;
  for (const EventHeader& header : message.headers) append_event_header(headers, header);
  std::string out;
  std::size_t total = kEventFrameBytes + headers.size() + message.payload.size();
  out.reserve(total);
  append_event_number(out, total, 4);
  append_event_number(out, headers.size(), 4);
  append_event_number(out, crc32(out), 4);
  out += headers;
  out += message.payload;
  append_event_number(out, crc32(out), 4);
  return out;
}

Result<std::optional<EventMessage>> EventDecoder::next() {
  std::string_view bytes = std::string_view(buffer_).substr(taken_);
  if (bytes.size() < kEventPreludeBytes) return std::nullopt;
  std::size_t total = read_event_number(bytes.substr(0, 4));
  std::size_t headers = read_event_number(bytes.substr(4, 4));
  if (read_event_number(bytes.substr(8, 4)) != crc32(bytes.substr(0, 8)))
    return std::unexpected(broken_event("The checksum of an event message's prelude is wrong."));
  if (total > kEventMessageBytesMax || headers > kEventHeadersBytesMax || total < kEventFrameBytes + headers)
    return std::unexpected(broken_event("The length of an event message is out of range."));
  if (bytes.size() < total) return std::nullopt;
  if (read_event_number(bytes.substr(total - 4, 4)) != crc32(bytes.substr(0, total - 4)))
    return std::unexpected(broken_event("The checksum of an event message is wrong."));
  EventMessage message;
  message.headers = TRY(read_event_headers(bytes.substr(kEventPreludeBytes, headers)));
  message.payload = bytes.substr(kEventPreludeBytes + headers, total - kEventFrameBytes - headers);
  taken_ += total;
  // Moving what is left to the front only now and then keeps long streams linear.
  if (taken_ > buffer_.size() / 2) {
    buffer_.erase(0, taken_);
    taken_ = 0;
  }
  return message;
}

}  // namespace base
