// Processors that change what has been parsed: texts, keys and types.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Transformation-StringMutate.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Transformation-JSONMutate.html
#include <fmt/format.h>
#include <re2/re2.h>

#include <cctype>
#include <cmath>

#include "aws/log_transform_step.h"
#include "base/strings.h"

namespace aws::log_transform {

namespace {

std::string to_upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

// ---- texts

void change_texts(Event& event, const Value& settings, const std::function<std::string(std::string_view)>& change) {
  for (const Value& key : settings.at("withKeys").list())
    if (Value* field = find_field(event.root, key.str()); field != nullptr && field->is_text())
      *field = Value(change(field->str()));
}

void split_strings(Event& event, const Value& settings) {
  for (const Value& entry : settings.at("entries").list()) {
    Value* field = find_field(event.root, entry.at("source").str());
    const std::string& delimiter = entry.at("delimiter").str();
    if (field == nullptr || !field->is_text() || delimiter.empty()) continue;
    Value::List parts;
    const std::string text = field->str();
    for (std::size_t at = 0;;) {
      const std::size_t end = text.find(delimiter, at);
      parts.emplace_back(text.substr(at, end - at));
      if (end == text.npos) break;
      at = end + delimiter.size();
    }
    *field = Value(std::move(parts));
  }
}

// What to put in place of a match, from Java's way of writing it ($1) to that of the expressions here (\1).
std::string rewriting_of(std::string_view to) {
  std::string text;
  for (std::size_t at = 0; at < to.size(); ++at) {
    const bool has_next = at + 1 < to.size();
    if (to[at] == '$' && has_next && std::isdigit(static_cast<unsigned char>(to[at + 1]))) {
      text += '\\';
    } else if (to[at] == '\\' && has_next) {
      ++at;
      text += to[at] == '\\' ? "\\\\" : std::string(1, to[at]);
    } else {
      text += to[at];
    }
  }
  return text;
}

struct Substitution {
  std::string source, rewriting;
  std::shared_ptr<const RE2> from;
};

Result<Step> substitution_step(const Value& settings) {
  std::vector<Substitution> all;
  for (const Value& entry : settings.at("entries").list()) {
    RE2::Options options(RE2::Quiet);
    options.set_max_mem(1 << 20);
    auto from = std::make_shared<const RE2>(entry.at("from").str(), options);
    std::string rewriting = rewriting_of(entry.at("to").str()), problem;
    if (!from->ok()) return invalid_transformer("'from' is not a valid regular expression.");
    if (!from->CheckRewriteString(rewriting, &problem)) return invalid_transformer("'to' is not valid.");
    all.push_back({entry.at("source").str(), std::move(rewriting), std::move(from)});
  }
  return Step([all = std::move(all)](Event& event) {
    for (const Substitution& one : all) {
      Value* field = find_field(event.root, one.source);
      if (field == nullptr || !field->is_text()) continue;
      std::string text = field->str();
      RE2::GlobalReplace(&text, *one.from, one.rewriting);
      *field = Value(std::move(text));
    }
    return true;
  });
}

// ---- keys

void add_keys(Event& event, const Value& settings) {
  for (const Value& entry : settings.at("entries").list())
    put_field(event.root, entry.at("key").str(), entry.at("value"), existing_of(entry));
}

void delete_keys(Event& event, const Value& settings) {
  for (const Value& key : settings.at("withKeys").list()) erase_field(event.root, key.str());
}

// "You can also use this processor to add metadata to log events".
Value copied(const Event& event, const std::string& source) {
  if (source == "@logGroupName") return Value(event.origin->group);
  if (source == "@logGroupStream" || source == "@logStream") return Value(event.origin->stream);
  if (source == "@accountId") return Value(event.origin->account);
  if (source == "@regionName") return Value(event.origin->region);
  const Value* found = find_field(event.root, source);
  return found == nullptr ? Value() : *found;
}

void copy_values(Event& event, const Value& settings) {
  for (const Value& entry : settings.at("entries").list())
    if (Value value = copied(event, entry.at("source").str()); !value.is_null())
      put_field(event.root, entry.at("target").str(), std::move(value), existing_of(entry));
}

// Moves a field into another one, which stays what it is besides.
void move_keys(Event& event, const Value& settings) {
  for (const Value& entry : settings.at("entries").list()) {
    const std::string &source = entry.at("source").str(), &target = entry.at("target").str();
    const Value* found = find_field(std::as_const(event.root), source);
    const Value* parent = find_field(std::as_const(event.root), target);
    if (found == nullptr) continue;
    const std::size_t dot = source.rfind('.');
    const bool is_inside = parent != nullptr && parent->is_map();
    const std::string place = is_inside ? target + "." + source.substr(dot == source.npos ? 0 : dot + 1) : target;
    // A field cannot go into itself, and what is there may have to stay.
    if (place == source || place.starts_with(source + ".")) continue;
    if (existing_of(entry) == Existing::kKeep && find_field(std::as_const(event.root), place) != nullptr) continue;
    Value value = *found;
    erase_field(event.root, source);
    put_field(event.root, place, std::move(value), Existing::kOverwrite);
  }
}

void rename_keys(Event& event, const Value& settings) {
  for (const Value& entry : settings.at("entries").list()) {
    const std::string &key = entry.at("key").str(), &name = entry.at("renameTo").str();
    const Value* found = find_field(std::as_const(event.root), key);
    if (found == nullptr || key == name) continue;
    if (existing_of(entry) == Existing::kKeep && find_field(std::as_const(event.root), name) != nullptr) continue;
    Value value = *found;
    erase_field(event.root, key);
    put_field(event.root, name, std::move(value), Existing::kOverwrite);
  }
}

void list_to_map(Event& event, const Value& settings) {
  const Value* list = find_field(std::as_const(event.root), settings.at("source").str());
  if (list == nullptr || !list->is_list()) return;
  const bool is_flat = settings.at("flatten").flag();
  const bool keeps_first = settings.at("flattenedElement").str() == "first";
  Value made{Value::Map{}};
  for (const Value& element : list->list()) {
    const Value& key = element.at(settings.at("key").str());
    if (!key.is_text() && !key.is_whole()) continue;
    const std::string name = key.is_text() ? key.str() : std::to_string(key.num());
    Value value = settings.has("valueKey") ? element.at(settings.at("valueKey").str()) : element;
    if (is_flat && (!keeps_first || !made.has(name))) made.set(name, std::move(value));
    if (is_flat) continue;
    Value values = made.at(name);
    values.push(std::move(value));
    made.set(name, std::move(values));
  }
  if (settings.has("target")) return put_field(event.root, settings.at("target").str(), made, Existing::kOverwrite);
  for (const auto& [name, value] : made.map()) event.root.set(name, value);
}

// ---- types

Value converted(const Value& value, std::string_view type) {
  std::string text = value.is_text()    ? value.str()
                     : value.is_whole() ? std::to_string(value.num())
                     : value.is_float() ? fmt::format("{}", value.real())
                                        : std::string(value.flag() ? "true" : "false");
  if (type == "string") return Value(std::move(text));
  const std::string lower = base::to_lower(text);
  if (type == "boolean") return lower == "true" || lower == "false" ? Value(lower == "true") : value;
  const auto number = base::parse_number<double>(text);
  if (!number || !std::isfinite(*number)) return value;
  if (type == "double") return Value(*number);
  if (const auto whole = base::parse_number<std::int64_t>(text)) return Value(*whole);
  return std::fabs(*number) < 9e18 ? Value(static_cast<std::int64_t>(*number)) : value;
}

void convert_types(Event& event, const Value& settings) {
  for (const Value& entry : settings.at("entries").list()) {
    Value* field = find_field(event.root, entry.at("key").str());
    const bool is_scalar = field != nullptr && !field->is_null() && !field->is_map() && !field->is_list();
    if (is_scalar) *field = converted(*field, entry.at("type").str());
  }
}

void trim_strings(Event& event, const Value& settings) {
  change_texts(event, settings, [](std::string_view text) { return std::string(base::trim(text)); });
}
void lower_strings(Event& event, const Value& settings) { change_texts(event, settings, base::to_lower); }
void upper_strings(Event& event, const Value& settings) { change_texts(event, settings, to_upper); }

constexpr std::pair<std::string_view, void (*)(Event&, const Value&)> kMutators[] = {
    {"addKeys", add_keys},
    {"copyValue", copy_values},
    {"deleteKeys", delete_keys},
    {"listToMap", list_to_map},
    {"moveKeys", move_keys},
    {"renameKeys", rename_keys},
    {"splitString", split_strings},
    {"trimString", trim_strings},
    {"lowerCaseString", lower_strings},
    {"upperCaseString", upper_strings},
    {"typeConverter", convert_types},
};

}  // namespace

Result<Step> mutator_step(std::string_view name, const Value& settings) {
  if (name == "substituteString") return substitution_step(settings);
  for (const auto& [known, run] : kMutators)
    if (name == known)
      return Step([run, settings](Event& event) {
        run(event, settings);
        return true;
      });
  return invalid_transformer(fmt::format("There is no processor {}.", name));
}

}  // namespace aws::log_transform
