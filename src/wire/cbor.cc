// rpc-v2-cbor: the operation in the path, CBOR both ways.
// https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
#include <fmt/format.h>

#include "wire/cbor_body.h"
#include "wire/event_stream.h"
#include "wire/protocol.h"

namespace wire {

namespace {

void add_cbor_headers(Answer& answer, std::string_view request_id) {
  answer.headers.emplace_back("x-amzn-RequestId", request_id);
  answer.headers.emplace_back("smithy-protocol", "rpc-v2-cbor");
}

}  // namespace

base::Result<Value> parse_cbor_input(const Route& route, const Request& request) {
  const model::Shape& shape = *route.operation->input;
  if (event_stream_member(shape)) return parse_event_stream_input(route.protocol, shape, request.body);
  return parse_cbor_structure(shape, request.body);
}

Answer write_cbor_output(const Route& route, const Value& output, std::string_view request_id) {
  const model::Shape& shape = *route.operation->output;
  Answer answer;
  add_cbor_headers(answer, request_id);
  if (event_stream_member(shape)) {
    answer.headers.emplace_back("Content-Type", kEventStreamContentType);
    answer.body = encode_event_stream_output(route.protocol, shape, output);
    return answer;
  }
  if (shape.name.empty()) return answer;
  answer.headers.emplace_back("Content-Type", "application/cbor");
  base::CborWriter out(answer.body);
  write_cbor_structure(out, shape, output);
  return answer;
}

Answer write_cbor_error(const Route& route, const ErrorAnswer& error, std::string_view request_id) {
  Answer answer{.status = error.status};
  add_cbor_headers(answer, request_id);
  answer.headers.emplace_back("Content-Type", "application/cbor");
  add_query_error_header(answer, route, error);
  base::CborWriter out(answer.body);
  out.open_map();
  out.text("__type");
  std::string_view space = route.service ? route.service->error_namespace : std::string_view();
  out.text(space.empty() ? std::string(error.name) : fmt::format("{}#{}", space, error.name));
  if (error.shape) {
    write_cbor_members(out, *error.shape, error.members);
  } else {
    out.text("message");
    out.text(error.message);
  }
  out.end();
  return answer;
}

}  // namespace wire
