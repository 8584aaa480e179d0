#include "wire/event_stream.h"

#include <cstdint>
#include <cstdlib>

// What decodes must encode to the same bytes, and an event must survive its way into a message and back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  wire::EventDecoder decoder;
  decoder.feed(bytes.substr(0, size / 2));
  auto first = decoder.next();
  decoder.feed(bytes.substr(size / 2));
  const model::Shape& stream = *model::find_service("kinesis")->find_shape("SubscribeToShardEventStream");
  while (true) {
    auto message = first && *first ? std::move(first) : decoder.next();
    first = std::optional<wire::EventMessage>();
    if (!message || !*message) break;
    if (bytes.find(wire::encode_message(**message)) == std::string_view::npos) std::abort();
    (void)wire::event_of(model::Protocol::kJson11, stream, **message);
  }
  // The same bytes as the payload of a message that is in order.
  wire::EventMessage wrapped;
  wrapped.headers = {{":message-type", wire::EventHeaderType::kText, wire::Value("event")},
                     {":event-type", wire::EventHeaderType::kText, wire::Value("SubscribeToShardEvent")}};
  wrapped.payload = bytes;
  auto event = wire::event_of(model::Protocol::kJson11, stream, wrapped);
  if (event && *event) (void)wire::encode_event(model::Protocol::kJson11, stream, **event);
  return 0;
}
