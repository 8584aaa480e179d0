// What an error looks like to clients: its name and code, status, fault and members, whatever the protocol.
#include <fmt/format.h>

#include "base/strings.h"
#include "wire/protocol.h"
#include "wire/xml_body.h"

namespace wire {

namespace {

using model::Member;
using model::Protocol;
using model::Shape;

// Where rest services differ from the common table, which has the statuses of json and query ones.
struct RestStatus {
  std::string_view code;
  int status;
};
constexpr RestStatus kRestStatuses[] = {
    {"AccessDeniedException", 403},       {"ExpiredTokenException", 403},
    {"IncompleteSignature", 403},         {"IncompleteSignatureException", 403},
    {"InvalidSignatureException", 403},   {"MissingAuthenticationTokenException", 403},
    {"ThrottlingException", 429},         {"TooManyRequestsException", 429},
    {"UnrecognizedClientException", 403},
};

bool is_rest(const Route& route) {
  return route.protocol == Protocol::kRestJson || route.protocol == Protocol::kRestXml;
}

int common_status(const Route& route, std::string_view code, bool sender_fault) {
  if (is_rest(route))
    for (const RestStatus& each : kRestStatuses)
      if (each.code == code) return each.status;
  // Services that name their operations in a header or parameter answer an unknown one with 400; paths that lead
  // nowhere 404.
  if (code == "UnknownOperationException") return is_rest(route) || route.protocol == Protocol::kCbor ? 404 : 400;
  if (const model::CommonError* common = model::find_common_error(code)) return common->http_status;
  return sender_fault ? 400 : 500;
}

const Member* message_member(const Shape& shape) {
  for (const Member& member : shape.members)
    if (base::equal_ignoring_case(member.name, "message")) return &member;
  return nullptr;
}

// A detail the model does not know is shown as text, or not at all.
void write_unmodelled_detail(base::XmlWriter& out, std::string_view name, const Value& value) {
  if (value.is_text()) out.element(name, value.str());
  if (value.is_whole()) out.element(name, fmt::format("{}", value.num()));
  if (value.is_flag()) out.element(name, value.flag() ? "true" : "false");
}

}  // namespace

namespace {

ErrorAnswer describe_known(const Route& route, const base::Error& error) {
  ErrorAnswer answer{.name = error.code, .code = error.code, .message = error.message, .members = Value(Value::Map{})};
  if (error.details) answer.details = *error.details;
  answer.shape = route.service ? route.service->find_error(error.code) : nullptr;
  if (const model::CommonError* common = model::find_common_error(error.code))
    answer.sender_fault = common->sender_fault;
  if (!answer.shape) {
    answer.status = common_status(route, error.code, answer.sender_fault);
    return answer;
  }
  answer.name = answer.shape->name;
  if (const auto& trait = answer.shape->error) {
    if (!trait->code.empty()) answer.code = trait->code;
    answer.sender_fault = trait->sender_fault;
    answer.status = trait->http_status;
  }
  // What the model of a query-compatible service says about statuses is about query.
  bool is_query = route.protocol == Protocol::kQuery || route.protocol == Protocol::kEc2;
  if (answer.status != 0 && route.service->query_compatible && !is_query)
    answer.status = answer.sender_fault ? 400 : 500;
  if (answer.status == 0) answer.status = common_status(route, answer.name, answer.sender_fault);
  for (const Member& member : answer.shape->members)
    if (answer.details.has(member.name)) answer.members.set(member.name, answer.details.at(member.name));
  const Member* message = message_member(*answer.shape);
  answer.has_message_member = message != nullptr;
  if (message && !error.message.empty()) answer.members.set(message->name, error.message);
  return answer;
}

}  // namespace

ErrorAnswer describe_error(const Route& route, const base::Error& error) {
  // S3 has a word of its own for what is nobody's fault but its own. The answer's texts stand in the error.
  static const base::Error kInternalError{"InternalError", "We encountered an internal error. Please try again."};
  const bool is_failure_of_s3 = error.code == "InternalFailure" && route.service && route.service->id == "s3";
  ErrorAnswer answer = describe_known(route, is_failure_of_s3 ? kInternalError : error);
  // Where not the code decides but whoever made the error.
  if (answer.details.has(base::kStatusDetail)) {
    answer.status = static_cast<int>(answer.details.at(base::kStatusDetail).num());
    answer.details.erase(base::kStatusDetail);
  }
  return answer;
}

void write_error_elements(base::XmlWriter& out, const ErrorAnswer& error) {
  out.element("Code", error.code);
  out.element("Message", error.message);
  if (error.shape) {
    for (const Member& member : error.shape->members) {
      const Value& value = error.members.at(member.name);
      if (value.is_null() || member.location != model::Location::kBody) continue;
      if (base::equal_ignoring_case(member.name, "message") || base::equal_ignoring_case(member.name, "code")) continue;
      write_xml_member(out, member.wire_name(), member, value, {});
    }
  }
  for (const auto& [name, value] : error.details.map())
    if (!error.shape || !error.shape->find(name)) write_unmodelled_detail(out, name, value);
}

void add_query_error_header(Answer& answer, const Route& route, const ErrorAnswer& error) {
  if (!route.service || !route.service->query_compatible) return;
  answer.headers.emplace_back("x-amzn-query-error",
                              fmt::format("{};{}", error.code, error.sender_fault ? "Sender" : "Receiver"));
}

}  // namespace wire
