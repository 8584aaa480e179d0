// The bodies and errors of rest-json: https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
#include "base/json.h"
#include "wire/json_body.h"
#include "wire/rest.h"

namespace wire {

namespace {

void add_json_type(Answer& answer) {
  if (!has_header(answer, "Content-Type")) answer.headers.emplace_back("Content-Type", "application/json");
}

}  // namespace

base::Result<Value> parse_rest_json_body(const Route& route, std::string_view body) {
  return parse_json_structure(*route.operation->input, body);
}

base::Result<Value> parse_rest_json_payload(const Route&, const model::Member& member, std::string_view body) {
  return parse_json_member(member, body);
}

void write_rest_json_body(Answer& answer, const Route& route, const Value& output) {
  const model::Shape& shape = *route.operation->output;
  // An answer whose members all are headers has no body; one without any members is an empty structure.
  bool is_empty_structure = shape.members.empty() && !shape.name.empty() && answer.status != 204;
  if (!has_body_members(shape, Level::kOutput) && !is_empty_structure) return;
  add_json_type(answer);
  append_json_structure(answer.body, shape, output);
}

void write_rest_json_payload(Answer& answer, const Route&, const model::Member& member, const Value& value) {
  add_json_type(answer);
  append_json_member(answer.body, member, value);
}

Answer write_rest_json_error(const Route& route, const ErrorAnswer& error, std::string_view request_id) {
  Answer answer{.status = error.status};
  add_rest_request_id(answer, route, request_id);
  answer.headers.emplace_back("x-amzn-ErrorType", error.name);
  if (error.shape) add_bound_headers(answer, *error.shape, error.members);
  add_json_type(answer);
  if (error.shape) {
    append_json_structure(answer.body, *error.shape, error.members);
    return answer;
  }
  answer.body = "{\"message\":";
  base::append_json_string(answer.body, error.message);
  answer.body += '}';
  return answer;
}

}  // namespace wire
