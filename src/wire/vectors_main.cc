// Answers for tools/run_protocol_vectors.py. Each line of standard input is a JSON map, each line of standard output
// the JSON map that answers it:
//   {"service": <metadata and shapes of botocore>, "operation": <botocore's operation>, and one of
//    "request": {method, uri, headers, body (base64)}       -> {"params": …} or {"failed": …}
//    "result": …                                            -> {"status", "headers", "body" (base64)}
//    "error": {"code", "message", "details"}                -> the same}
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/bytes.h"
#include "base/json.h"
#include "wire/scalar.h"
#include "wire/uri_index.h"
#include "wire/wire.h"

namespace {

using base::Value;
using model::Kind;
using model::Member;
using model::Shape;

// A service model read from botocore's JSON, with the same meaning as tools/compile_models.py gives to it. The JSON
// must outlive the model: all texts point into it.
class ModelReader {
 public:
  explicit ModelReader(const Value& json) : json_(json), metadata_(json.at("service").at("metadata")) {}

  std::unique_ptr<model::Service> read() {
    service_ = std::make_unique<model::Service>();
    service_->id = metadata_.has("endpointPrefix") ? std::string_view(metadata_.at("endpointPrefix").str()) : "vectors";
    service_->service_id = metadata_.at("serviceId").str();
    service_->api_version = metadata_.at("apiVersion").str();
    service_->target_prefix = metadata_.at("targetPrefix").str();
    service_->xml_namespace = namespace_of(metadata_).uri;
    service_->query_compatible = metadata_.has("awsQueryCompatible");
    service_->protocols = {protocol()};
    for (const auto& [name, shape] : json_.at("service").at("shapes").map())
      service_->shapes.emplace_back().name = name;
    std::sort(service_->shapes.begin(), service_->shapes.end(),
              [](const Shape& left, const Shape& right) { return left.name < right.name; });
    for (Shape& shape : service_->shapes) read_shape(shape, json_.at("service").at("shapes").at(shape.name));
    read_operation(json_.at("operation"));
    return std::move(service_);
  }

 private:
  model::Protocol protocol() const {
    const std::string& name = metadata_.at("protocol").str();
    if (name == "json")
      return metadata_.at("jsonVersion").str() == "1.1" ? model::Protocol::kJson11 : model::Protocol::kJson10;
    if (name == "query") return model::Protocol::kQuery;
    if (name == "ec2") return model::Protocol::kEc2;
    if (name == "rest-json") return model::Protocol::kRestJson;
    if (name == "rest-xml") return model::Protocol::kRestXml;
    return model::Protocol::kCbor;
  }

  static model::XmlNamespace namespace_of(const Value& json) {
    const Value& given = json.at("xmlNamespace");
    if (given.is_text()) return {"", given.str()};
    return {given.at("prefix").str(), given.at("uri").str()};
  }

  static model::TimestampFormat format_of(const Value& json) {
    const std::string& name = json.at("timestampFormat").str();
    if (name == "iso8601") return model::TimestampFormat::kIso8601;
    if (name == "rfc822") return model::TimestampFormat::kRfc822;
    if (name == "unixTimestamp") return model::TimestampFormat::kUnix;
    return model::TimestampFormat::kDefault;
  }

  static Kind kind_of(const Value& json) {
    constexpr std::pair<std::string_view, Kind> kKinds[] = {
        {"list", Kind::kList},          {"map", Kind::kMap},     {"integer", Kind::kInteger},
        {"long", Kind::kLong},          {"float", Kind::kFloat}, {"double", Kind::kDouble},
        {"boolean", Kind::kBoolean},    {"blob", Kind::kBlob},   {"string", Kind::kString},
        {"timestamp", Kind::kTimestamp}};
    for (const auto& [name, kind] : kKinds)
      if (json.at("type").str() == name) return kind;
    if (json.at("document").flag()) return Kind::kDocument;
    return json.at("union").flag() ? Kind::kUnion : Kind::kStructure;
  }

  static model::Location location_of(const Value& json) {
    constexpr std::pair<std::string_view, model::Location> kLocations[] = {
        {"header", model::Location::kHeader},
        {"headers", model::Location::kHeaders},
        {"querystring", model::Location::kQuery},
        {"uri", model::Location::kUri},
        {"statusCode", model::Location::kStatusCode}};
    for (const auto& [name, location] : kLocations)
      if (json.at("location").str() == name) return location;
    return model::Location::kBody;
  }

  const Shape* shape(std::string_view name) const { return service_->find_shape(name); }

  Member read_member(std::string_view name, const Value& json, std::string_view holder_kind) const {
    const Value& target = json_.at("service").at("shapes").at(json.at("shape").str());
    Member member;
    member.name = name;
    member.location_name = json.at("locationName").str();
    if (member.location_name == name && holder_kind == "structure") member.location_name = {};
    member.query_name = json.at("queryName").str();
    member.shape = shape(json.at("shape").str());
    member.xml_namespace = namespace_of(json);
    member.location = location_of(json);
    member.timestamp_format = format_of(json);
    member.flattened = json.at("flattened").flag() || target.at("flattened").flag();
    member.xml_attribute = json.at("xmlAttribute").flag();
    member.idempotency_token = json.at("idempotencyToken").flag();
    member.json_value = json.at("jsonvalue").flag();
    member.host_label = json.at("hostLabel").flag();
    member.event_payload = json.at("eventpayload").flag();
    member.event_header = json.at("eventheader").flag();
    member.streaming = json.at("streaming").flag() || target.at("streaming").flag();
    return member;
  }

  void read_shape(Shape& shape, const Value& json) const {
    shape.kind = kind_of(json);
    shape.timestamp_format = format_of(json);
    shape.location_name = json.at("locationName").str();
    shape.payload = json.at("payload").str();
    shape.xml_namespace = namespace_of(json);
    shape.streaming = json.at("streaming").flag();
    shape.event_stream = json.at("eventstream").flag();
    shape.event = json.at("event").flag();
    shape.sparse = json.at("sparse").flag();
    shape.flattened = json.at("flattened").flag();
    if (shape.kind == Kind::kStructure || shape.kind == Kind::kUnion)
      for (const auto& [name, member] : json.at("members").map())
        shape.members.push_back(read_member(name, member, "structure"));
    for (std::string_view part : {"member", "key", "value"})
      if (json.at(part).is_map() && (shape.kind == Kind::kList || shape.kind == Kind::kMap))
        shape.members.push_back(read_member(part, json.at(part), "part"));
    for (const Value& name : json.at("required").list())
      for (Member& member : shape.members) member.required = member.required || member.name == name.str();
    if (!json.at("exception").flag()) return;
    const Value& trait = json.at("error");
    shape.error = model::ErrorTrait{
        .code = trait.has("code") ? std::string_view(trait.at("code").str()) : shape.name,
        .http_status = static_cast<int>(trait.at("httpStatusCode").num()),
        .sender_fault = trait.has("senderFault") ? trait.at("senderFault").flag() : !json.at("fault").flag()};
  }

  void read_operation(const Value& json) {
    model::Operation operation;
    operation.name = json.has("name") ? std::string_view(json.at("name").str()) : "OperationName";
    operation.method = json.at("http").at("method").str();
    operation.uri = json.at("http").at("requestUri").str();
    if (json.at("http").has("responseCode"))
      operation.response_code = static_cast<int>(json.at("http").at("responseCode").num());
    operation.input = json.has("input") ? shape(json.at("input").at("shape").str()) : &nothing_;
    operation.output = json.has("output") ? shape(json.at("output").at("shape").str()) : &nothing_;
    operation.input_location_name = json.at("input").at("locationName").str();
    operation.input_xml_namespace = namespace_of(json.at("input"));
    operation.result_wrapper = json.at("output").at("resultWrapper").str();
    service_->operations.push_back(std::move(operation));
  }

  const Value& json_;
  const Value& metadata_;
  std::unique_ptr<model::Service> service_;
  static inline const Shape nothing_{.kind = Kind::kStructure};
};

// Values as the vectors write them: timestamps in seconds, blobs as text, special floats as words.
Value from_plain(const Shape& shape, const Value& plain);

Value from_plain_structure(const Shape& shape, const Value& plain) {
  Value value{Value::Map{}};
  for (const auto& [name, element] : plain.map())
    if (const Member* member = shape.find(name)) value.set(name, from_plain(*member->shape, element));
  return value;
}

Value from_plain(const Shape& shape, const Value& plain) {
  if (plain.is_null()) return {};
  switch (shape.kind) {
    case Kind::kStructure:
    case Kind::kUnion: return from_plain_structure(shape, plain);
    case Kind::kList: {
      Value list{Value::List{}};
      for (const Value& element : plain.list()) list.push(from_plain(*shape.element().shape, element));
      return list;
    }
    case Kind::kMap: {
      Value map{Value::Map{}};
      for (const auto& [key, element] : plain.map())
        map.map_to_change().emplace_back(key, from_plain(*shape.value().shape, element));
      return map;
    }
    case Kind::kTimestamp: return wire::timestamp_from_seconds(plain.real()).value_or(Value());
    case Kind::kFloat:
    case Kind::kDouble: return plain.is_text() ? Value(wire::float_from_text(plain.str()).value_or(0)) : plain;
    default: return plain;
  }
}

Value to_plain(const Shape& shape, const Value& value) {
  Value plain;
  switch (shape.kind) {
    case Kind::kStructure:
    case Kind::kUnion:
      plain = Value(Value::Map{});
      for (const auto& [name, element] : value.map())
        if (const Member* member = shape.find(name)) plain.set(name, to_plain(*member->shape, element));
      return plain;
    case Kind::kList:
      if (value.is_null()) return {};
      plain = Value(Value::List{});
      for (const Value& element : value.list()) plain.push(to_plain(*shape.element().shape, element));
      return plain;
    case Kind::kMap:
      if (value.is_null()) return {};
      plain = Value(Value::Map{});
      for (const auto& [key, element] : value.map()) plain.set(key, to_plain(*shape.value().shape, element));
      return plain;
    case Kind::kTimestamp:
      if (value.is_null() || value.num() % 1000 == 0) return value.is_null() ? value : Value(value.num() / 1000);
      return Value(value.real() / 1000);
    default: return value;
  }
}

Value failed(const base::Error& error) {
  return Value(Value::Map{{"failed", Value(fmt::format("{}: {}", error.code, error.message))}});
}

Value answer_request(const model::Service& service, const Value& json) {
  std::string body = base::from_base64(json.at("body").str()).value_or("");
  std::string_view uri = json.at("uri").str();
  std::size_t mark = uri.find('?');
  std::vector<wire::Header> headers;
  for (const auto& [name, text] : json.at("headers").map()) headers.push_back({name, text.str()});
  wire::Request request{.method = json.at("method").str(),
                        .path = uri.substr(0, mark),
                        .query = mark == std::string_view::npos ? std::string_view() : uri.substr(mark + 1),
                        .headers = headers,
                        .body = body};
  wire::Route route{.service = &service, .operation = &service.operations[0], .protocol = service.protocols[0]};
  if (route.protocol == model::Protocol::kRestJson || route.protocol == model::Protocol::kRestXml) {
    auto match = wire::UriIndex(service).find(request, request.path);
    if (!match) return failed({"NoRoute", "the URI does not match"});
    route.labels = match->labels;
  }
  auto input = wire::parse_input(route, request);
  if (!input) return failed(input.error());
  return Value(Value::Map{{"params", to_plain(*route.operation->input, *input)}});
}

Value answer_json(const wire::Answer& answer) {
  Value headers{Value::Map{}};
  for (const auto& [name, text] : answer.headers) headers.set(name, text);
  return Value(Value::Map{
      {"status", Value(answer.status)}, {"headers", headers}, {"body", Value(base::to_base64(answer.body))}});
}

Value answer_line(const Value& json) {
  auto service = ModelReader(json).read();
  wire::Route route{.service = service.get(), .operation = &service->operations[0], .protocol = service->protocols[0]};
  if (json.has("request")) return answer_request(*service, json.at("request"));
  constexpr std::string_view kRequestId = "01234567-89ab-cdef-0123-456789abcdef";
  if (json.has("error")) {
    const Value& given = json.at("error");
    base::Error error{given.at("code").str(), given.at("message").str()};
    const Shape* shape = service->find_error(error.code);
    if (shape) error.details = std::make_shared<const Value>(from_plain(*shape, given.at("details")));
    return answer_json(wire::write_error(route, error, kRequestId));
  }
  return answer_json(wire::write_output(route, from_plain(*route.operation->output, json.at("result")), kRequestId));
}

}  // namespace

int main() {
  char* line = nullptr;
  std::size_t capacity = 0;
  for (ssize_t size; (size = ::getline(&line, &capacity, stdin)) > 0;) {
    auto json = base::parse_json(std::string_view(line, static_cast<std::size_t>(size)));
    fmt::print("{}\n", base::to_json(json ? answer_line(*json) : failed(json.error())));
    std::fflush(stdout);
  }
  std::free(line);
  return 0;
}
