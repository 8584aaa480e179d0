// The ec2 protocol: like query, with capitalised names, lists without "member" and answers without a result element.
// https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
#include <cctype>

#include <fmt/format.h>

#include "wire/form.h"
#include "wire/protocol.h"
#include "wire/scalar.h"
#include "wire/xml_body.h"

namespace wire {

namespace {

using base::Result;
using model::Kind;
using model::Member;
using model::Shape;
using model::TimestampFormat;

std::string ec2_name(const Member& member) {
  if (!member.query_name.empty()) return std::string(member.query_name);
  std::string name(member.wire_name());
  if (!name.empty()) name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
  return name;
}

Result<Value> read_ec2_member(const Member& member, std::string_view name, FormNode node);

Result<Value> read_ec2_structure(const Shape& shape, FormNode node) {
  Value value{Value::Map{}};
  Value::Map& map = value.map_to_change();
  for (const Member& member : shape.members) {
    std::string name = ec2_name(member);
    FormNode below = node.child(name);
    if (!below.exists()) continue;
    Value part = TRY(read_ec2_member(member, name, below));
    if (!part.is_null()) map.emplace_back(std::string(member.name), std::move(part));
  }
  return value;
}

Result<Value> read_ec2_member(const Member& member, std::string_view name, FormNode node) {
  const Shape& shape = *member.shape;
  if (shape.kind == Kind::kStructure || shape.kind == Kind::kUnion) return read_ec2_structure(shape, node);
  if (shape.kind == Kind::kList) {
    Value::List list;
    for (FormNode item : node.elements()) list.push_back(TRY(read_ec2_member(shape.element(), name, item)));
    return Value(std::move(list));
  }
  std::string_view text = node.text().value_or("");
  auto value = scalar_from_text(member, text, TimestampFormat::kIso8601);
  if (!value && text.empty()) return Value();
  if (!value)
    return base::fail("InvalidParameterValue",
                      fmt::format("Invalid value '{}' for {}. Expected a valid {}.", text, name, name_of(shape.kind)));
  return *std::move(value);
}

void add_ec2_headers(Answer& answer, std::string_view request_id) {
  answer.headers.emplace_back("x-amzn-RequestId", request_id);
  answer.headers.emplace_back("Content-Type", "text/xml;charset=UTF-8");
}

}  // namespace

Result<Value> parse_ec2_input(const Route& route, const Request& request) {
  auto parameters = parse_parameters(request.query);
  for (auto& parameter : parse_parameters(request.body)) parameters.push_back(std::move(parameter));
  Form form(std::move(parameters));
  return read_ec2_structure(*route.operation->input, form.root());
}

Answer write_ec2_output(const Route& route, const Value& output, std::string_view request_id) {
  Answer answer;
  add_ec2_headers(answer, request_id);
  base::XmlWriter out(answer.body);
  declare_xml(out);
  open_xml(out, fmt::format("{}Response", route.operation->name), {.uri = route.service->xml_namespace});
  out.element("requestId", request_id);
  write_xml_structure(out, *route.operation->output, output, Level::kNested, {.fraction = Fraction::kAlways});
  out.close();
  return answer;
}

Answer write_ec2_error(const Route&, const ErrorAnswer& error, std::string_view request_id) {
  Answer answer{.status = error.status};
  add_ec2_headers(answer, request_id);
  base::XmlWriter out(answer.body);
  declare_xml(out);
  out.open("Response");
  out.open("Errors");
  out.open("Error");
  write_error_elements(out, error);
  out.close();
  out.close();
  out.element("RequestID", request_id);
  out.close();
  return answer;
}

}  // namespace wire
