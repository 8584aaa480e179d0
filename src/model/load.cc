// Reads models.bin, the table that tools/compile_models.py packs (`pack`, `ServiceWriter` there write what is read
// here).
#include <algorithm>
#include <cassert>
#include <cstring>
#include <memory>
#include <mutex>

#include "model/packed.h"
#include "model/shape.h"

extern "C" const unsigned char virga_models_begin[];  // in the generated models_data.cc
extern "C" const unsigned char virga_models_end[];

namespace model {
namespace {

constexpr std::uint32_t kFormat = 2;
constexpr std::string_view kMagic = "VIRGAMDL";

struct TableHead {
  char magic[8];
  std::uint32_t format, services, common_errors, bodies_at, texts_at, size;
};

XmlNamespace read_xml_namespace(Reader& in) {
  XmlNamespace result;
  result.prefix = in.text();
  result.uri = in.text();
  return result;
}

// Orders of TIMESTAMP_FORMATS, LOCATIONS, PROTOCOLS, KINDS and FAMILIES in compile_models.py are those of the enums.
Member read_member(Reader& in, const std::deque<Shape>& shapes) {
  Member member;
  member.name = in.text();
  member.shape = &shapes[in.number()];
  Flags flags = in.flags();
  member.required = flags.next();
  member.flattened = flags.next();
  member.xml_attribute = flags.next();
  member.idempotency_token = flags.next();
  member.json_value = flags.next();
  member.host_label = flags.next();
  member.event_payload = flags.next();
  member.event_header = flags.next();
  member.streaming = flags.next();
  member.validated = !flags.next();
  if (flags.next()) member.location_name = in.text();
  if (flags.next()) member.query_name = in.text();
  if (flags.next()) member.xml_namespace = read_xml_namespace(in);
  if (flags.next()) member.location = in.choice<Location>();
  if (flags.next()) member.timestamp_format = in.choice<TimestampFormat>();
  return member;
}

ErrorTrait read_error_trait(Reader& in) {
  ErrorTrait trait;
  trait.code = in.text();
  trait.http_status = in.small();
  trait.sender_fault = in.number() != 0;
  return trait;
}

void read_shape(Reader& in, const std::deque<Shape>& shapes, Shape& shape) {
  shape.name = in.text();
  shape.kind = in.choice<Kind>();
  shape.timestamp_format = in.choice<TimestampFormat>();
  Flags flags = in.flags();
  shape.streaming = flags.next();
  shape.event_stream = flags.next();
  shape.event = flags.next();
  shape.sensitive = flags.next();
  shape.sparse = flags.next();
  shape.wrapper = flags.next();
  shape.flattened = flags.next();
  shape.requires_length = flags.next();
  shape.constrained = flags.next();
  if (flags.next()) shape.error = read_error_trait(in);
  if (flags.next()) shape.min = in.limit();
  if (flags.next()) shape.max = in.limit();
  if (flags.next()) {
    std::size_t count = in.number();
    shape.members.reserve(count);
    for (std::size_t i = 0; i < count; ++i) shape.members.push_back(read_member(in, shapes));
  }
  if (flags.next()) shape.enum_values = in.texts();
  if (flags.next()) shape.pattern = in.text();
  if (flags.next()) {
    shape.location_name = in.text();
    shape.xml_namespace = read_xml_namespace(in);
  }
  if (flags.next()) shape.payload = in.text();
}

Paginator read_paginator(Reader& in) {
  Paginator paginator;
  paginator.input_tokens = in.texts();
  paginator.output_tokens = in.texts();
  paginator.result_keys = in.texts();
  paginator.limit_key = in.text();
  paginator.more_results = in.text();
  return paginator;
}

const Shape& empty_structure() {
  static const Shape shape = [] {
    Shape empty;
    empty.kind = Kind::kStructure;
    return empty;
  }();
  return shape;
}

const Shape* read_shape_or_empty(Reader& in, const std::deque<Shape>& shapes) {
  std::size_t number = in.number();
  return number == 0 ? &empty_structure() : &shapes[number - 1];
}

Operation read_operation(Reader& in, const std::deque<Shape>& shapes) {
  Operation operation;
  operation.name = in.text();
  operation.method = in.text();
  operation.uri = in.text();
  operation.response_code = in.small();
  operation.input = read_shape_or_empty(in, shapes);
  operation.output = read_shape_or_empty(in, shapes);
  operation.input_location_name = in.text();
  operation.input_xml_namespace = read_xml_namespace(in);
  operation.result_wrapper = in.text();
  operation.host_prefix = in.text();
  operation.checksum_member = in.text();
  Flags flags = in.flags();
  operation.unsigned_payload = flags.next();
  operation.no_auth = flags.next();
  operation.read_only = flags.next();
  operation.idempotent = flags.next();
  operation.checksum_required = flags.next();
  operation.deprecated = flags.next();
  operation.errors.resize(in.number());
  for (const Shape*& error : operation.errors) error = &shapes[in.number()];
  if (flags.next()) operation.paginator = read_paginator(in);
  return operation;
}

// A service's entry in the directory and, once it has been asked for, its model.
struct Entry {
  Service header;  // without operations and shapes
  const unsigned char* body = nullptr;
  std::size_t body_size = 0;
  std::once_flag once;
  std::unique_ptr<const Service> service;
};

std::vector<Protocol> read_protocols(Reader& in) {
  std::vector<Protocol> protocols(in.number());
  for (Protocol& protocol : protocols) protocol = in.choice<Protocol>();
  return protocols;
}

int read_service_header(Reader& in, Service& service) {
  service.id = in.text();
  service.service_id = in.text();
  service.full_name = in.text();
  service.api_version = in.text();
  service.endpoint_prefix = in.text();
  service.signing_name = in.text();
  service.target_prefix = in.text();
  service.xml_namespace = in.text();
  service.error_namespace = in.text();
  service.protocols = read_protocols(in);
  service.validation = in.choice<ValidationFamily>();
  service.validation_error = in.text();
  service.refusal = in.text();
  Flags flags = in.flags();
  service.query_compatible = flags.next();
  service.global = flags.next();
  return in.small();
}

// The whole table. Made on first use; its entries decode themselves when asked for.
class Table {
 public:
  Table() {
    TableHead head;
    std::memcpy(&head, virga_models_begin, sizeof head);
    assert(std::string_view(head.magic, sizeof head.magic) == kMagic && head.format == kFormat);
    assert(virga_models_begin + head.size == virga_models_end);
    texts_ = virga_models_begin + head.texts_at;
    Reader in(virga_models_begin + sizeof head, texts_);
    common_errors_.resize(head.common_errors);
    for (CommonError& error : common_errors_) {
      error.name = in.text();
      error.http_status = in.small();
      error.sender_fault = in.number() != 0;
    }
    const unsigned char* bodies = virga_models_begin + head.bodies_at;
    ids_.reserve(head.services);
    headers_.reserve(head.services);
    for (std::uint32_t i = 0; i < head.services; ++i) {
      Entry& entry = entries_.emplace_back();
      const Service& service = entry.header;
      int operations = read_service_header(in, entry.header);
      entry.body = bodies + in.number();
      entry.body_size = in.number();
      ids_.push_back(service.id);
      headers_.push_back({service.id, service.endpoint_prefix, service.signing_name, service.target_prefix,
                          service.api_version, service.protocols, operations});
    }
    assert(in.at() == bodies);
  }

  const std::vector<std::string_view>& ids() const { return ids_; }
  const std::vector<ServiceHeader>& headers() const { return headers_; }

  const CommonError* find_common_error(std::string_view name) const {
    auto found =
        std::lower_bound(common_errors_.begin(), common_errors_.end(), name,
                         [](const CommonError& error, std::string_view wanted) { return error.name < wanted; });
    return found != common_errors_.end() && found->name == name ? &*found : nullptr;
  }

  const Service* find(std::string_view id) {
    auto found = std::lower_bound(ids_.begin(), ids_.end(), id);
    if (found == ids_.end() || *found != id) return nullptr;
    Entry& entry = entries_[static_cast<std::size_t>(found - ids_.begin())];
    std::call_once(entry.once, [&] { decode(entry, headers_[static_cast<std::size_t>(found - ids_.begin())]); });
    return entry.service.get();
  }

 private:
  void decode(Entry& entry, const ServiceHeader& header) const {
    auto service = std::make_unique<Service>(entry.header);
    Reader in(entry.body, texts_);
    service->shapes.resize(in.number());
    for (Shape& shape : service->shapes) read_shape(in, service->shapes, shape);
    service->operations.reserve(static_cast<std::size_t>(header.operation_count));
    for (int i = 0; i < header.operation_count; ++i) service->operations.push_back(read_operation(in, service->shapes));
    assert(in.at() == entry.body + entry.body_size);
    entry.service = std::move(service);
  }

  const unsigned char* texts_ = nullptr;
  std::vector<CommonError> common_errors_;  // ordered by name
  std::deque<Entry> entries_;
  std::vector<std::string_view> ids_;
  std::vector<ServiceHeader> headers_;
};

Table& table() {
  static Table instance;
  return instance;
}

// Looks up by name in anything ordered by name.
template <class Items>
auto find_by_name(const Items& items, std::string_view name) -> decltype(&*items.begin()) {
  auto found = std::lower_bound(items.begin(), items.end(), name,
                                [](const auto& item, std::string_view wanted) { return item.name < wanted; });
  return found != items.end() && found->name == name ? &*found : nullptr;
}

}  // namespace

const Member* Shape::find(std::string_view member_name) const {
  for (const Member& member : members)
    if (member.name == member_name) return &member;
  return nullptr;
}

const Operation* Service::find_operation(std::string_view name) const { return find_by_name(operations, name); }

const Shape* Service::find_shape(std::string_view name) const { return find_by_name(shapes, name); }

const Shape* Service::find_error(std::string_view name_or_code) const {
  const Shape* named = find_shape(name_or_code);
  if (named && named->error) return named;
  for (const Shape& shape : shapes)
    if (shape.error && shape.error->code == name_or_code) return &shape;
  return nullptr;
}

bool Service::speaks(Protocol protocol) const {
  return std::find(protocols.begin(), protocols.end(), protocol) != protocols.end();
}

const std::vector<std::string_view>& service_ids() { return table().ids(); }
const Service* find_service(std::string_view id) { return table().find(id); }
const std::vector<ServiceHeader>& service_headers() { return table().headers(); }
const CommonError* find_common_error(std::string_view name) { return table().find_common_error(name); }

}  // namespace model
