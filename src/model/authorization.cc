// Reads authorization.bin, the table that tools/compile_authorization.py packs (`pack`, `write_prefix` and
// `write_service` there write what is read here).
#include "model/authorization.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>

#include "model/packed.h"

extern "C" const unsigned char virga_authorization_begin[];  // in the generated authorization_data.cc
extern "C" const unsigned char virga_authorization_end[];

namespace model {
namespace {

constexpr std::uint32_t kAuthorizationFormat = 1;
constexpr std::string_view kAuthorizationMagic = "VIRGAAUT";

struct AuthorizationHead {
  char magic[8];
  std::uint32_t format, prefixes, services, bodies_at, texts_at, size;
};

struct Mapped {
  std::string_view operation;
  Authorization authorization;
};

// An entry of the directory and, once it has been asked for, what it stands for.
template <class Content>
struct Packed {
  std::string_view name;
  bool obeys_resource_control = false;
  const unsigned char* body = nullptr;
  std::once_flag once;
  std::unique_ptr<const Content> content;
};

ActionResource read_resource(Reader& in, const std::vector<ResourceType>& types) {
  ActionResource resource{.type = &types[in.number()]};
  resource.required = in.number() != 0;
  resource.condition_keys = in.texts();
  resource.dependent_actions = in.texts();
  return resource;
}

Action read_action(Reader& in, const std::vector<ResourceType>& types) {
  Action action{.name = in.text(), .access_level = in.text()};
  action.condition_keys = in.texts();
  action.dependent_actions = in.texts();
  action.resources.resize(in.number());
  for (ActionResource& resource : action.resources) resource = read_resource(in, types);
  return action;
}

// Whether the name of an action, without its prefix, comes before a name in lower case.
bool is_before(std::string_view name, std::string_view lower) {
  return std::ranges::lexicographical_compare(name.substr(name.find(':') + 1), lower, {},
                                              [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
}

class AuthorizationTables {
 public:
  AuthorizationTables() {
    AuthorizationHead head;
    std::memcpy(&head, virga_authorization_begin, sizeof head);
    assert(std::string_view(head.magic, sizeof head.magic) == kAuthorizationMagic);
    assert(head.format == kAuthorizationFormat);
    assert(virga_authorization_begin + head.size == virga_authorization_end);
    texts_ = virga_authorization_begin + head.texts_at;
    Reader in(virga_authorization_begin + sizeof head, texts_);
    const unsigned char* bodies = virga_authorization_begin + head.bodies_at;
    prefixes_ = std::vector<Packed<ActionTable>>(head.prefixes);
    services_ = std::vector<Packed<std::vector<Mapped>>>(head.services);
    for (auto& entry : prefixes_) read_entry(in, bodies, entry);
    for (auto& entry : services_) read_entry(in, bodies, entry);
  }

  std::vector<std::string_view> prefixes() const {
    std::vector<std::string_view> names;
    for (const auto& entry : prefixes_) names.push_back(entry.name);
    return names;
  }

  const ActionTable* find_prefix(std::string_view name) {
    auto* entry = find(prefixes_, name);
    if (!entry) return nullptr;
    std::call_once(entry->once, [&] { decode(*entry); });
    return entry->content.get();
  }

  const std::vector<Mapped>* find_service(std::string_view id) {
    auto* entry = find(services_, id);
    if (!entry) return nullptr;
    std::call_once(entry->once, [&] { decode(*entry); });
    return entry->content.get();
  }

 private:
  template <class Content>
  static void read_entry(Reader& in, const unsigned char* bodies, Packed<Content>& entry) {
    entry.name = in.text();
    entry.obeys_resource_control = in.number() != 0;
    entry.body = bodies + in.number();
  }

  template <class Entries>
  static typename Entries::value_type* find(Entries& entries, std::string_view name) {
    auto found = std::ranges::lower_bound(entries, name, {}, &Entries::value_type::name);
    return found != entries.end() && found->name == name ? &*found : nullptr;
  }

  void decode(Packed<ActionTable>& entry) {
    auto table = std::make_unique<ActionTable>();
    table->prefix = entry.name;
    Reader in(entry.body, texts_);
    table->resource_types.resize(in.number());
    for (ResourceType& type : table->resource_types) type = {in.text(), in.text(), in.texts()};
    table->condition_keys.resize(in.number());
    for (ConditionKey& key : table->condition_keys) key = {in.text(), in.text()};
    table->actions.resize(in.number());
    for (Action& action : table->actions) {
      action = read_action(in, table->resource_types);
      action.obeys_resource_control = entry.obeys_resource_control;
    }
    entry.content = std::move(table);
  }

  void decode(Packed<std::vector<Mapped>>& entry) {
    auto mapped = std::make_unique<std::vector<Mapped>>();
    Reader in(entry.body, texts_);
    mapped->resize(in.number());
    for (Mapped& each : *mapped) {
      each.operation = in.text();
      each.authorization.parts.resize(in.number());
      for (Authorization::Part& part : each.authorization.parts) part = {find_action(in.text()), in.text()};
    }
    entry.content = std::move(mapped);
  }

  const unsigned char* texts_ = nullptr;
  std::vector<Packed<ActionTable>> prefixes_;
  std::vector<Packed<std::vector<Mapped>>> services_;
};

AuthorizationTables& authorization_tables() {
  static AuthorizationTables instance;
  return instance;
}

}  // namespace

std::vector<std::string_view> action_prefixes() { return authorization_tables().prefixes(); }

const ActionTable* find_action_table(std::string_view prefix) { return authorization_tables().find_prefix(prefix); }

const Action* find_action(std::string_view name) {
  std::size_t colon = name.find(':');
  if (colon == name.npos) return nullptr;
  const ActionTable* table = find_action_table(base::to_lower(name.substr(0, colon)));
  if (!table) return nullptr;
  std::string lower = base::to_lower(name.substr(colon + 1));
  auto found =
      std::lower_bound(table->actions.begin(), table->actions.end(), lower,
                       [](const Action& action, std::string_view text) { return is_before(action.name, text); });
  bool is_there = found != table->actions.end() && base::equal_ignoring_case(found->name, name);
  return is_there ? &*found : nullptr;
}

const Authorization* find_authorization(std::string_view service_id, std::string_view operation) {
  const std::vector<Mapped>* mapped = authorization_tables().find_service(service_id);
  if (!mapped) return nullptr;
  auto found = std::ranges::lower_bound(*mapped, operation, {}, &Mapped::operation);
  return found != mapped->end() && found->operation == operation ? &found->authorization : nullptr;
}

}  // namespace model
