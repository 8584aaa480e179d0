// The query protocol: dotted parameters in a form or in the URL, answers in XML.
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
#include <fmt/format.h>

#include "base/strings.h"
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

Result<Value> read_query_member(const Member& member, FormNode node);

// Parts of lists and maps are called "member", "key" and "value" unless something says otherwise.
std::string_view query_name(const Member& member) {
  return member.query_name.empty() ? member.wire_name() : member.query_name;
}

Result<Value> read_query_structure(const Shape& shape, FormNode node) {
  Value value{Value::Map{}};
  Value::Map& map = value.map_to_change();
  for (const Member& member : shape.members) {
    FormNode below = node.child(query_name(member));
    // A flattened list may be named after its elements instead of after its member.
    if (!below.exists() && member.flattened && member.shape->kind == Kind::kList)
      below = node.child(query_name(member.shape->element()));
    if (!below.exists()) continue;
    Value part = TRY(read_query_member(member, below));
    if (!part.is_null()) map.emplace_back(std::string(member.name), std::move(part));
  }
  return value;
}

Result<Value> read_query_list(const Member& member, FormNode node) {
  const Member& element = member.shape->element();
  Value::List list;
  FormNode holder = node;
  if (!member.flattened) {
    if (FormNode named = node.child(query_name(element)); named.exists()) holder = named;
    // Old clients write "member" whatever the elements are called.
    else if (FormNode plain = node.child("member"); plain.exists())
      holder = plain;
  }
  for (FormNode item : holder.elements()) list.push_back(TRY(read_query_member(element, item)));
  return Value(std::move(list));
}

Result<Value> read_query_map(const Member& member, FormNode node) {
  const Shape& shape = *member.shape;
  std::string_view key_name = query_name(shape.key());
  std::string_view value_name = query_name(shape.value());
  FormNode holder = node;
  if (FormNode entries = node.child("entry"); entries.exists()) holder = entries;
  Value value{Value::Map{}};
  for (FormNode entry : holder.elements()) {
    auto key = entry.child(key_name).text();
    if (!key) continue;
    FormNode element = entry.child(value_name);
    value.set(*key, element.exists() ? TRY(read_query_member(shape.value(), element)) : Value(""));
  }
  return value;
}

Result<Value> read_query_member(const Member& member, FormNode node) {
  switch (member.shape->kind) {
    case Kind::kStructure:
    case Kind::kUnion: return read_query_structure(*member.shape, node);
    case Kind::kList: return read_query_list(member, node);
    case Kind::kMap: return read_query_map(member, node);
    default: break;
  }
  std::string_view text = node.text().value_or("");
  auto value = scalar_from_text(member, text, TimestampFormat::kIso8601);
  // An empty number or time is an absent one: clients send parameters they have no value for.
  if (!value && text.empty()) return Value();
  if (!value)
    return base::fail("MalformedInput", fmt::format("'{}' is not a valid {} for {}", text, name_of(member.shape->kind),
                                                    query_name(member)));
  return *std::move(value);
}

// SQS calls may go to the queue's own URL, which then is the QueueUrl.
void take_queue_url_from_path(const Request& request, Value& input) {
  std::string_view path = request.path;
  if (path.size() < 2 || input.has("QueueUrl")) return;
  std::string_view account = path.substr(1, path.find('/', 1) - 1);
  if (account.size() + 2 >= path.size() || !base::parse_number<std::uint64_t>(account)) return;
  input.set("QueueUrl", fmt::format("http://{}{}", request.header("Host"), path));
}

}  // namespace

Result<Value> parse_query_input(const Route& route, const Request& request) {
  auto parameters = parse_parameters(request.body);
  // Those of the URL come first.
  if (!request.query.empty()) {
    auto of_url = parse_parameters(request.query);
    parameters.insert(parameters.begin(), std::move_iterator(of_url.begin()), std::move_iterator(of_url.end()));
  }
  Form form(std::move(parameters));
  Value input = TRY(read_query_structure(*route.operation->input, form.root()));
  if (route.service->id == "sqs" && route.operation->input->find("QueueUrl")) take_queue_url_from_path(request, input);
  return input;
}

Answer write_query_output(const Route& route, const Value& output, std::string_view request_id) {
  const model::Operation& operation = *route.operation;
  Answer answer;
  answer.headers.reserve(4);
  answer.headers.emplace_back("x-amzn-RequestId", request_id);
  answer.headers.emplace_back("Content-Type", "text/xml");
  answer.body.reserve(1024);
  base::XmlWriter out(answer.body);
  open_xml(out, std::string(operation.name).append("Response"), {.uri = route.service->xml_namespace});
  // An empty result still has its element.
  if (!operation.output->members.empty() || !operation.result_wrapper.empty()) {
    // Services that have left query for another protocol no longer say how they wrapped their results.
    out.open(operation.result_wrapper.empty() ? fmt::format("{}Result", operation.name)
                                              : std::string(operation.result_wrapper));
    write_xml_structure(out, *operation.output, output, Level::kNested, {.naming = Naming::kQuery});
    out.close();
  }
  out.open("ResponseMetadata");
  out.element("RequestId", request_id);
  out.close();
  out.close();
  return answer;
}

Answer write_query_error(const Route& route, const ErrorAnswer& error, std::string_view request_id) {
  Answer answer{.status = error.status};
  answer.headers.emplace_back("x-amzn-RequestId", request_id);
  answer.headers.emplace_back("Content-Type", "text/xml");
  base::XmlWriter out(answer.body);
  open_xml(out, "ErrorResponse", {.uri = route.service ? route.service->xml_namespace : std::string_view()});
  out.open("Error");
  out.element("Type", error.sender_fault ? "Sender" : "Receiver");
  write_error_elements(out, error);
  out.close();
  out.element("RequestId", request_id);
  out.close();
  return answer;
}

}  // namespace wire
