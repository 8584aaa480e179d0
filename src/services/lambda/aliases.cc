// Aliases: names that point to versions.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html
#include "services/lambda/concurrency.h"

namespace lambda {

namespace {

Value show_alias(const OpenFunction& function, const Alias& alias) {
  Out shown{{"AliasArn", function.arn(alias.name)},
            {"Name", alias.name},
            {"FunctionVersion", alias.version},
            {"Description", alias.description},
            {"RevisionId", alias.revision_id}};
  if (!alias.additional.empty()) {
    Value weights(Value::Map{});
    for (const auto& [version, weight] : alias.additional) weights.set(version, weight);
    shown.set("RoutingConfig", Out{{"AdditionalVersionWeights", std::move(weights)}});
  }
  return shown;
}

Result<void> check_version(const OpenFunction& function, const std::string& version) {
  if (get_version(function, version)) return {};
  return refuse("ResourceNotFoundException", "Function not found: " + function.arn(version));
}

Result<void> apply_routing(In in, const OpenFunction& function, Alias& alias) {
  if (!in.has("RoutingConfig")) return {};
  const Value::Map& weights = in["RoutingConfig"].at("AdditionalVersionWeights").map();
  if (weights.size() > 1)
    return refuse("InvalidParameterValueException",
                  fmt::format("Number of items in AdditionalVersionWeights cannot be greater than 1. Number of items: "
                              "{}",
                              weights.size()));
  alias.additional.clear();
  for (const auto& [version, weight] : weights) {
    if (version == alias.version)
      return refuse("InvalidParameterValueException",
                    fmt::format("Invalid function version {}. Function version {} is already included in routing "
                                "configuration.",
                                version, version));
    if (version == kLatestName || alias.version == kLatestName)
      return refuse("InvalidParameterValueException",
                    "$LATEST is not supported for an alias pointing to more than 1 version");
    TRY_VOID(check_version(function, version));
    alias.additional[version] = weight.real();
  }
  return {};
}

Result<OpenFunction> find_owner(Call& call, In in) { return find_function(call, in); }

}  // namespace

// https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html
base::Result<Out> CreateAlias(Call& call, In in) {
  const OpenFunction function = TRY(find_owner(call, in));
  Alias alias{.name = in.str("Name"),
              .description = in.str("Description"),
              .version = in.str("FunctionVersion"),
              .additional = {},
              .revision_id = call.uuid()};
  TRY_VOID(check_version(function, alias.version));
  if (get_alias(function, alias.name))
    return refuse("ResourceConflictException", "Alias already exists: " + function.arn(alias.name));
  TRY_VOID(apply_routing(in, function, alias));
  function.tx.put(kAliases, store::key(function.row.name, alias.name), alias);
  return Out(show_alias(function, alias));
}

// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html
base::Result<Out> UpdateAlias(Call& call, In in) {
  const OpenFunction function = TRY(find_owner(call, in));
  auto alias = get_alias(function, in.str("Name"));
  if (!alias) return refuse("ResourceNotFoundException", "Alias not found: " + function.arn(in.str("Name")));
  TRY_VOID(check_revision(in, alias->revision_id));
  const Alias before = *alias;
  if (in.has("FunctionVersion")) {
    alias->version = in.str("FunctionVersion");
    TRY_VOID(check_version(function, alias->version));
  }
  if (in.has("Description")) alias->description = in.str("Description");
  TRY_VOID(apply_routing(in, function, *alias));
  // What it had been routed to besides may be what it points to now.
  if (alias->additional.contains(alias->version) || (alias->version == kLatestName && !alias->additional.empty()))
    return refuse("InvalidParameterValueException",
                  fmt::format("Invalid function version {}. Function version {} is already included in routing "
                              "configuration.",
                              alias->version, alias->version));
  alias->revision_id = call.uuid();
  if (alias->version != before.version) provision_anew(call, function, before);
  function.tx.put(kAliases, store::key(function.row.name, alias->name), *alias);
  return Out(show_alias(function, *alias));
}

// https://docs.aws.amazon.com/lambda/latest/api/API_GetAlias.html
base::Result<Out> GetAlias(Call& call, In in) {
  const OpenFunction function = TRY(find_owner(call, in));
  auto alias = get_alias(function, in.str("Name"));
  if (!alias) return refuse("ResourceNotFoundException", "Cannot find alias arn: " + function.arn(in.str("Name")));
  return Out(show_alias(function, *alias));
}

// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteAlias.html
base::Result<Out> DeleteAlias(Call& call, In in) {
  const OpenFunction function = TRY(find_owner(call, in));
  if (!get_alias(function, in.str("Name"))) return Out{};
  erase_settings(call, function, in.str("Name"));
  function.tx.erase(kAliases, store::key(function.row.name, in.str("Name")));
  return Out{};
}

// https://docs.aws.amazon.com/lambda/latest/api/API_ListAliases.html
base::Result<Out> ListAliases(Call& call, In in) {
  const OpenFunction function = TRY(find_owner(call, in));
  const Page page = TRY(read_page(in, 10'000));
  const std::string& version = in.str("FunctionVersion");
  return list_page(function.tx, kAliases, store::key(function.row.name), page, "Aliases",
                   [&](std::string_view, const Alias& alias) -> Value {
                     const bool is_wanted =
                         version.empty() || alias.version == version || alias.additional.contains(version);
                     return is_wanted ? Value(show_alias(function, alias)) : Value();
                   });
}

}  // namespace lambda
