#pragma once

#include <cstdint>
#include <string_view>

#include "wire/wire.h"

// What the fuzzers of the protocols share: the operation is chosen by the first bytes, the rest is the request.
namespace wire {

inline std::uint8_t take_byte(std::string_view& data) {
  if (data.empty()) return 0;
  auto byte = static_cast<std::uint8_t>(data.front());
  data.remove_prefix(1);
  return byte;
}

// Reads the rest of `data` as the body (and query) of a request to an operation of one of the services, and writes what
// was read as an answer and as the details of an error. Shapes of inputs and outputs differ, which must do no harm.
inline void fuzz_protocol(std::string_view data, std::span<const std::string_view> services, model::Protocol protocol) {
  const model::Service* service = model::find_service(services[take_byte(data) % services.size()]);
  std::size_t number = take_byte(data) * 256u + take_byte(data);
  const model::Operation& operation = service->operations[number % service->operations.size()];
  Route route{.service = service, .operation = &operation, .protocol = protocol, .labels = {}};
  for (const model::Member& member : operation.input->members)
    if (member.location == model::Location::kUri) route.labels.emplace_back(member.wire_name(), "label");
  std::size_t split = take_byte(data) % (data.size() + 1);
  const Header headers[] = {{"x-amz-meta-a", data.substr(0, split)},
                            {"Content-Encoding", data.substr(0, split)},
                            {"If-Modified-Since", data.substr(0, split)},
                            {"x-amz-object-attributes", data.substr(0, split)}};
  Request request{.method = operation.method,
                  .path = "/123/q",
                  .query = data.substr(0, split),
                  .headers = headers,
                  .body = data.substr(split)};
  auto input = parse_input(route, request);
  if (!input) {
    write_error(route, input.error(), "id");
    return;
  }
  write_output(route, *input, "id");
  // The same values under the shape they were read by must survive a second way through the writers.
  model::Operation mirror = operation;
  mirror.output = operation.input;
  route.operation = &mirror;
  write_output(route, *input, "id");
  if (!operation.errors.empty())
    write_error(route, {std::string(operation.errors[0]->name), "message", std::make_shared<const Value>(*input)},
                "id");
}

}  // namespace wire
