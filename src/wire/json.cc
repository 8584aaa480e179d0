// json 1.0 and 1.1: the operation in X-Amz-Target, JSON both ways.
// https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json.h"
#include "wire/event_stream.h"
#include "wire/json_body.h"
#include "wire/protocol.h"

namespace wire {

namespace {

bool is_dynamodb(const Route& route) { return route.service && route.service->id.starts_with("dynamodb"); }

// The framework that DynamoDB is built on spells the word so in what it refuses before the service sees the request.
bool spells_message_large(const Route& route, const ErrorAnswer& error) {
  return is_dynamodb(route) && (error.name == "SerializationException" || error.name == "AccessDeniedException");
}

// DynamoDB's clients check its answers by this header.
void add_checksum(const Route& route, Answer& answer) {
  if (!is_dynamodb(route)) return;
  answer.headers.emplace_back("x-amz-crc32", fmt::format("{}", base::crc32(answer.body)));
}

std::string_view json_content_type(const Route& route) {
  return route.protocol == model::Protocol::kJson11 ? "application/x-amz-json-1.1" : "application/x-amz-json-1.0";
}

// "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"; most services give the bare name. What is refused
// before the service sees the request carries the namespace of the framework.
std::string json_type(const Route& route, const ErrorAnswer& error) {
  std::string_view space = route.service ? route.service->error_namespace : std::string_view();
  if (space.empty()) return std::string(error.name);
  if (error.name == "ValidationException") return "com.amazon.coral.validate#ValidationException";
  if (!error.shape) space = "com.amazon.coral.service";
  return fmt::format("{}#{}", space, error.name);
}

}  // namespace

base::Result<Value> parse_json_input(const Route& route, const Request& request) {
  const model::Shape& shape = *route.operation->input;
  if (event_stream_member(shape)) return parse_event_stream_input(route.protocol, shape, request.body);
  return parse_json_structure(shape, request.body, is_dynamodb(route) ? JsonWording::kDynamoDb : JsonWording::kCommon);
}

Answer write_json_output(const Route& route, const Value& output, std::string_view request_id) {
  Answer answer;
  answer.headers.reserve(4);
  answer.headers.emplace_back("x-amzn-RequestId", request_id);
  const model::Shape& shape = *route.operation->output;
  if (event_stream_member(shape)) {
    answer.headers.emplace_back("Content-Type", kEventStreamContentType);
    answer.body = encode_event_stream_output(route.protocol, shape, output);
    return answer;
  }
  answer.headers.emplace_back("Content-Type", json_content_type(route));
  // An operation without an output shape answers nothing at all, one with an empty shape an empty structure.
  if (!shape.name.empty()) append_json_structure(answer.body, shape, output);
  add_checksum(route, answer);
  return answer;
}

Answer write_json_error(const Route& route, const ErrorAnswer& error, std::string_view request_id) {
  Answer answer{.status = error.status};
  answer.headers.emplace_back("x-amzn-RequestId", request_id);
  answer.headers.emplace_back("Content-Type", json_content_type(route));
  add_query_error_header(answer, route, error);
  answer.body = "{\"__type\":";
  base::append_json_string(answer.body, json_type(route, error));
  std::string members = "{}";
  if (error.shape) {
    members.clear();
    append_json_structure(members, *error.shape, error.members);
  }
  // Every error has a message, also where its shape is too old to say so (CloudTrail's all are).
  if (!error.message.empty() && !error.has_message_member) {
    std::string message = spells_message_large(route, error) ? "{\"Message\":" : "{\"message\":";
    base::append_json_string(message, error.message);
    if (members.size() > 2) message += ',';
    members = message + members.substr(1);
  }
  if (members.size() > 2) {
    answer.body += ',';
    answer.body.append(members, 1);
  } else {
    answer.body += '}';
  }
  add_checksum(route, answer);
  return answer;
}

}  // namespace wire
