#include "aws/log_transform.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "aws/log_transform_step.h"
#include "base/json.h"
#include "base/strings.h"

namespace aws {

namespace log_transform {

namespace {

// "You can include as many as 20 processors", of which five parse, and one of each of these.
constexpr std::size_t kProcessorsMax = 20;
constexpr std::ptrdiff_t kParsersMax = 5;
constexpr std::string_view kOnlyOnce[] = {"grok", "addKeys", "copyValue"};
constexpr std::string_view kParsers[] = {"parseJSON", "grok", "csv", "parseKeyValue"};
constexpr std::string_view kVended[] = {"parseVPC",        "parseWAF",      "parseRoute53",
                                        "parseCloudfront", "parsePostgres", "parseToOCSF"};

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// The parts of a path, "a.b[0]" as a, b and 0.
std::vector<std::string_view> path_parts(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::string_view part : base::split(path, '.')) {
    const std::size_t bracket = part.find('[');
    if (bracket != 0) parts.push_back(part.substr(0, bracket));
    for (std::size_t at = bracket; at != part.npos && at < part.size();) {
      const std::size_t end = part.find(']', at);
      if (end == part.npos) break;
      parts.push_back(part.substr(at + 1, end - at - 1));
      at = part.find('[', end);
    }
  }
  return parts;
}

Value* inside(Value& node, std::string_view part) {
  if (node.is_map()) {
    Value::Map& members = node.map_to_change();
    auto found = std::ranges::find(members, part, [](const auto& member) { return std::string_view(member.first); });
    return found == members.end() ? nullptr : &found->second;
  }
  const auto index = base::parse_number<std::size_t>(part);
  if (!node.is_list() || !index || *index >= node.list().size()) return nullptr;
  return &node.list_to_change()[*index];
}

Value* walk(Value& root, std::span<const std::string_view> parts) {
  Value* node = &root;
  for (std::string_view part : parts) {
    node = inside(*node, part);
    if (node == nullptr) return nullptr;
  }
  return node;
}

Result<Step> make_step(std::string_view name, const Value& settings) {
  if (name == "grok") return grok_step(settings);
  if (name == "dateTimeConverter") return date_step(settings);
  if (is_one_of(kParsers, name)) return parser_step(name, settings);
  if (is_one_of(kVended, name)) return vended_step(name, settings);
  return mutator_step(name, settings);
}

// What the order of processors has to be.
Result<void> check_order(const std::vector<std::string_view>& names) {
  if (names.empty() || names.size() > kProcessorsMax)
    return invalid_transformer("A transformer has 1 to 20 processors.");
  auto parses = [](std::string_view name) { return is_one_of(kParsers, name) || is_one_of(kVended, name); };
  if (!parses(names.front())) return invalid_transformer("The first processor must be a parser.");
  if (std::ranges::count_if(names, parses) > kParsersMax)
    return invalid_transformer("A transformer can have up to five parsers.");
  for (std::string_view once : kOnlyOnce)
    if (std::ranges::count(names, once) > 1)
      return invalid_transformer(fmt::format("A transformer can have only one {} processor.", once));
  for (std::string_view name : std::span(names).subspan(1))
    if (is_one_of(kVended, name)) return invalid_transformer(fmt::format("{} must be the first processor.", name));
  return {};
}

}  // namespace

std::unexpected<base::Error> invalid_transformer(std::string_view why) {
  return base::fail("InvalidParameterException", fmt::format("Invalid transformer configuration: {}", why));
}

const Value* find_field(const Value& root, std::string_view path) {
  const Value* node = &root;
  for (std::string_view part : path_parts(path)) {
    if (node->is_list()) {
      const auto index = base::parse_number<std::size_t>(part);
      if (!index || *index >= node->list().size()) return nullptr;
      node = &node->list()[*index];
      continue;
    }
    auto found =
        std::ranges::find(node->map(), part, [](const auto& member) { return std::string_view(member.first); });
    if (found == node->map().end()) return nullptr;
    node = &found->second;
  }
  return node;
}

Value* find_field(Value& root, std::string_view path) { return walk(root, path_parts(path)); }

void put_field(Value& root, std::string_view path, Value value, Existing existing) {
  const std::vector<std::string_view> parts = path_parts(path);
  Value* node = &root;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Value* next = inside(*node, parts[i]);
    const bool is_last = i + 1 == parts.size();
    if (next == nullptr) {
      if (!node->is_map()) return;
      node->map_to_change().emplace_back(std::string(parts[i]), is_last ? std::move(value) : Value(Value::Map{}));
      if (is_last) return;
      next = &node->map_to_change().back().second;
    } else if (is_last && existing == Existing::kOverwrite) {
      *next = std::move(value);
      return;
    }
    node = next;
  }
}

void erase_field(Value& root, std::string_view path) {
  std::vector<std::string_view> parts = path_parts(path);
  if (parts.empty()) return;
  const std::string_view last = parts.back();
  parts.pop_back();
  Value* parent = walk(root, parts);
  if (parent != nullptr && parent->is_map()) parent->erase(last);
}

std::optional<std::string> Event::text_at(const std::string& path) const {
  if (path == "@message") return std::string(message);
  const Value* found = find_field(root, path);
  if (found == nullptr || !found->is_text()) return std::nullopt;
  return found->str();
}

std::string source_of(const Value& settings) {
  return settings.has("source") ? settings.at("source").str() : "@message";
}

void place_fields(Event& event, const Value& settings, const Value& fields) {
  if (settings.has("destination"))
    return put_field(event.root, settings.at("destination").str(), fields, Existing::kOverwrite);
  for (const auto& [name, value] : fields.map()) event.root.set(name, value);
}

}  // namespace log_transform

base::Result<LogTransformer> LogTransformer::read(const base::Value& processors) {
  std::vector<std::string_view> names;
  for (const base::Value& processor : processors.list()) {
    if (processor.map().size() != 1)
      return log_transform::invalid_transformer("Each element must have exactly one processor.");
    names.push_back(processor.map().front().first);
  }
  TRY_VOID(log_transform::check_order(names));
  LogTransformer transformer;
  for (const base::Value& processor : processors.list()) {
    const auto& [name, settings] = processor.map().front();
    transformer.steps_.push_back(TRY(log_transform::make_step(name, settings)));
  }
  return transformer;
}

std::optional<std::string> LogTransformer::transform(std::string_view message, const LogOrigin& origin) const {
  log_transform::Event event{.message = message, .origin = &origin};
  for (const log_transform::Step& step : steps_)
    if (!step(event)) return std::nullopt;
  return base::to_json(event.root);
}

}  // namespace aws
