#include "services/lambda/lookup.h"

#include "base/arn.h"
#include "base/strings.h"
#include "kernel/cloud.h"

namespace lambda {

namespace {

constexpr std::string_view kLatest = "$LATEST";
constexpr std::uint64_t kWeightSides = 1'000'000;

// The parts of a function's name in any of its forms: region, account, name, qualifier; absent ones empty.
struct NameParts {
  std::string_view region, account, name, qualifier;
};

NameParts split_name(std::string_view text) {
  const std::vector<std::string_view> parts = base::split(text, ':');
  auto part = [&](std::size_t index) { return index < parts.size() ? parts[index] : std::string_view(); };
  if (parts[0] == "arn") return {part(3), part(4), part(6), part(7)};
  const std::size_t word = static_cast<std::size_t>(std::ranges::find(parts, "function") - parts.begin());
  if (word + 1 < parts.size())
    return {word > 1 ? parts[word - 2] : "", word > 0 ? parts[word - 1] : "", part(word + 1), part(word + 2)};
  if (parts.size() > 1 && base::is_account_id(parts[0])) return {"", parts[0], parts[1], part(2)};
  return {"", "", parts[0], part(1)};
}

std::unexpected<base::Error> refuse_absent(const FunctionName& name) {
  return refuse("ResourceNotFoundException", "Function not found: " + name.qualified_arn());
}

}  // namespace

std::unexpected<base::Error> refuse(model::ErrorName<Model> code, std::string message) {
  return error(code, std::move(message), Value(Value::Map{{"Type", "User"}}));
}

// ---- names

std::string FunctionName::arn() const {
  return fmt::format("arn:aws:lambda:{}:{}:function:{}", place.region, place.account, name);
}

std::string FunctionName::qualified_arn() const { return qualifier.empty() ? arn() : arn() + ":" + qualifier; }

Result<FunctionName> parse_function_name(const Call& call, const std::string& function_name,
                                         const std::string& qualifier) {
  const NameParts parts = split_name(function_name);
  FunctionName name{.place = call.place, .name = std::string(parts.name), .qualifier = std::string(parts.qualifier)};
  if (!parts.account.empty()) name.place.account = parts.account;
  if (!parts.region.empty() && parts.region != call.place.region)
    return refuse(
        "ResourceNotFoundException",
        fmt::format("Functions from '{}' are not reachable in this region ('{}')", parts.region, call.place.region));
  if (!qualifier.empty()) {
    if (!name.qualifier.empty() && name.qualifier != qualifier)
      return refuse("InvalidParameterValueException",
                    "The derived qualifier from the function name does not match the specified qualifier.");
    name.qualifier = qualifier;
  }
  return name;
}

bool is_version_number(std::string_view qualifier) {
  return !qualifier.empty() && std::ranges::all_of(qualifier, [](char c) { return c >= '0' && c <= '9'; });
}

// ---- functions

std::string OpenFunction::arn() const {
  return fmt::format("arn:aws:lambda:{}:{}:function:{}", place().region, place().account, row.name);
}

std::string OpenFunction::arn(std::string_view qualifier) const {
  return qualifier.empty() ? arn() : fmt::format("{}:{}", arn(), qualifier);
}

std::string OpenFunction::key(std::string_view qualifier) const {
  return store::key(row.name, qualifier.empty() ? kLatest : qualifier);
}

std::optional<OpenFunction> get_function(Call& call, const store::Place& place, std::string_view name) {
  OpenFunction function{.tx = place == call.place ? call.tx : call.tx.at(place), .row = {}};
  const auto row = function.tx.get_shared(kFunctions, name);
  if (!row) return std::nullopt;
  function.row = *row;
  return function;
}

Result<OpenFunction> find_function(Call& call, const FunctionName& name) {
  auto function = get_function(call, name.place, name.name);
  if (!function) return refuse_absent(name);
  return *std::move(function);
}

Result<OpenFunction> find_function(Call& call, In in) {
  return find_function(call, TRY(parse_function_name(call, in.str("FunctionName"))));
}

std::optional<Version> get_version(const OpenFunction& function, std::string_view qualifier) {
  std::uint64_t number = 0;
  if (!qualifier.empty() && qualifier != kLatest) {
    auto parsed = is_version_number(qualifier) ? base::parse_number<std::uint64_t>(qualifier) : std::nullopt;
    if (!parsed || *parsed == 0) return std::nullopt;
    number = *parsed;
  }
  auto row = function.tx.get_shared(kVersions, store::key(function.row.name, number));
  if (!row) return std::nullopt;
  return *row;
}

std::optional<Alias> get_alias(const OpenFunction& function, std::string_view qualifier) {
  return function.tx.get(kAliases, store::key(function.row.name, qualifier));
}

// ---- versions as they are asked for

std::string Target::arn() const {
  if (!alias.empty()) return function.arn(alias);
  return function.arn(asked.qualifier);
}

std::string Target::settings_qualifier() const { return alias.empty() ? version.name() : alias; }

Result<Target> find_target(Call& call, const FunctionName& name, Routing routing) {
  Target target{.function = TRY(find_function(call, name)), .asked = name, .alias = {}, .version = {}};
  std::string qualifier = name.qualifier;
  if (!qualifier.empty() && qualifier != kLatest && !is_version_number(qualifier)) {
    auto alias = get_alias(target.function, qualifier);
    if (!alias) return refuse_absent(name);
    target.alias = alias->name;
    qualifier = alias->version;
    if (routing == Routing::kWeighted && !alias->additional.empty()) {
      double rolled = static_cast<double>(call.dice(kWeightSides)) / double(kWeightSides);
      for (const auto& [version, weight] : alias->additional) {
        if (rolled < weight) {
          qualifier = version;
          break;
        }
        rolled -= weight;
      }
    }
  }
  auto version = get_version(target.function, qualifier);
  if (!version) return refuse_absent(name);
  target.version = *std::move(version);
  return target;
}

Result<Target> find_target(Call& call, In in, Routing routing) {
  return find_target(call, TRY(parse_function_name(call, in.str("FunctionName"), in.str("Qualifier"))), routing);
}

}  // namespace lambda
