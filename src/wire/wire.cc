#include "wire/wire.h"

#include "base/strings.h"
#include "wire/protocol.h"

namespace wire {

using model::Protocol;

std::string_view Request::header(std::string_view name) const {
  for (const Header& each : headers)
    if (base::equal_ignoring_case(each.name, name)) return each.value;
  return {};
}

base::Result<Value> parse_input(const Route& route, const Request& request) {
  switch (route.protocol) {
    case Protocol::kJson10:
    case Protocol::kJson11: return parse_json_input(route, request);
    case Protocol::kQuery: return parse_query_input(route, request);
    case Protocol::kEc2: return parse_ec2_input(route, request);
    case Protocol::kRestJson:
    case Protocol::kRestXml: return parse_rest_input(route, request);
    case Protocol::kCbor: return parse_cbor_input(route, request);
  }
  return base::fail("InternalFailure", "The protocol of the request is not known.");
}

Answer write_output(const Route& route, const Value& output, std::string_view request_id) {
  switch (route.protocol) {
    case Protocol::kJson10:
    case Protocol::kJson11: return write_json_output(route, output, request_id);
    case Protocol::kQuery: return write_query_output(route, output, request_id);
    case Protocol::kEc2: return write_ec2_output(route, output, request_id);
    case Protocol::kRestJson:
    case Protocol::kRestXml: return write_rest_output(route, output, request_id);
    case Protocol::kCbor: return write_cbor_output(route, output, request_id);
  }
  return {.status = 500};
}

Answer write_error(const Route& route, const base::Error& error, std::string_view request_id) {
  ErrorAnswer answer = describe_error(route, error);
  switch (route.protocol) {
    case Protocol::kJson10:
    case Protocol::kJson11: return write_json_error(route, answer, request_id);
    case Protocol::kQuery: return write_query_error(route, answer, request_id);
    case Protocol::kEc2: return write_ec2_error(route, answer, request_id);
    case Protocol::kRestJson: return write_rest_json_error(route, answer, request_id);
    case Protocol::kRestXml: return write_rest_xml_error(route, answer, request_id);
    case Protocol::kCbor: return write_cbor_error(route, answer, request_id);
  }
  return {.status = 500};
}

int status_of(const Route& route, const base::Error& error) { return describe_error(route, error).status; }

}  // namespace wire
