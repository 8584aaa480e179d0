// Provisioned concurrency: environments that are initialised before they are needed.
// https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
#include "base/arn.h"
#include "kernel/cloud.h"
#include "services/lambda/concurrency.h"
#include "services/lambda/run.h"

namespace lambda {

namespace {

constexpr kernel::Millis kLookAgain{60'000};

// A version or alias with the environments that are wanted of it.
struct Provisioned {
  OpenFunction function;
  std::string qualifier;
  Version version;  // that it is, or points to

  std::string key() const { return function.key(qualifier); }
  std::string arn() const { return function.arn(qualifier); }
  std::string environments() const {
    return environment_key({.function = function, .asked = {}, .alias = {}, .version = version});
  }
};

std::string timer_key(const OpenFunction& function, std::string_view qualifier) {
  return store::key(function.place().account, function.place().region, function.row.name, qualifier);
}

Result<Provisioned> find_provisioned(Call& call, In in) {
  const FunctionName name = TRY(parse_function_name(call, in.str("FunctionName"), in.str("Qualifier")));
  if (name.qualifier == kLatestName)
    return refuse("InvalidParameterValueException",
                  "Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
  OpenFunction function = TRY(find_function(call, name));
  std::string version = name.qualifier;
  if (!is_version_number(name.qualifier)) {
    auto alias = get_alias(function, name.qualifier);
    if (!alias) return refuse("ResourceNotFoundException", "Cannot find alias arn: " + name.qualified_arn());
    version = alias->version;
    if (version == kLatestName)
      return refuse("InvalidParameterValueException",
                    "Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
  }
  auto row = get_version(function, version);
  if (!row) return refuse("ResourceNotFoundException", "Function not found: " + name.qualified_arn());
  return Provisioned{std::move(function), name.qualifier, *std::move(row)};
}

// "You can't configure provisioned concurrency on both an alias and a specific version."
Result<void> check_other(const Provisioned& wanted) {
  const OpenFunction& function = wanted.function;
  if (wanted.qualifier != wanted.version.name()) {
    if (function.tx.has(kProvisioned, function.key(wanted.version.name())))
      return refuse("ResourceConflictException",
                    "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version");
    return {};
  }
  bool is_pointed_to = false;
  function.tx.scan(kAliases, store::key(function.row.name), [&](std::string_view, const Alias& alias) {
    is_pointed_to =
        is_pointed_to || (alias.version == wanted.qualifier && function.tx.has(kProvisioned, function.key(alias.name)));
  });
  if (is_pointed_to)
    return refuse("ResourceConflictException", "Version is pointed to by a Provisioned Concurrency alias");
  return {};
}

Result<void> check_room(Call& call, const Provisioned& wanted, std::int64_t count) {
  std::int64_t others = 0;
  wanted.function.tx.scan(kProvisioned, store::key(wanted.function.row.name),
                          [&](std::string_view key, const ProvisionedConcurrency& row) {
                            if (key != wanted.key()) others += row.wanted;
                          });
  if (const auto& reserved = wanted.function.row.reserved_concurrency; reserved) {
    if (others + count <= *reserved) return {};
    return refuse("InvalidParameterValueException",
                  "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for "
                  "function");
  }
  const std::int64_t room = unreserved_concurrency(call, wanted.function.place()) - kUnreservedMin;
  if (others + count <= room) return {};
  return refuse("InvalidParameterValueException",
                fmt::format("Specified ConcurrentExecutions for function is greater than account's unreserved "
                            "concurrency [{}].",
                            room));
}

Out show_provisioned(Call& call, const Provisioned& what, const ProvisionedConcurrency& row) {
  kernel::FunctionCounts counts;
  if (const kernel::FunctionHost* host = call.functions()) counts = host->counts(what.environments());
  const std::int64_t ready = std::min<std::int64_t>(counts.idle + counts.busy, row.wanted);
  const bool is_failed = ready < row.wanted && counts.failed > 0 && counts.starting == 0;
  Out shown{{"RequestedProvisionedConcurrentExecutions", row.wanted},
            {"AvailableProvisionedConcurrentExecutions", ready},
            {"AllocatedProvisionedConcurrentExecutions", ready},
            {"Status", ready == row.wanted ? "READY"
                       : is_failed         ? "FAILED"
                                           : "IN_PROGRESS"},
            {"LastModified", format_modified(row.modified_ms)}};
  if (is_failed) shown.set("StatusReason", counts.problem);
  return shown;
}

std::unexpected<base::Error> refuse_unprovisioned() {
  return refuse("ProvisionedConcurrencyConfigNotFoundException",
                "No Provisioned Concurrency Config found for this function");
}

void emit_provision(Call& call, const OpenFunction& function, std::string_view qualifier, const std::string& gone) {
  call.emit({.source = std::string(kProvisionSource),
             .type = "Provision",
             .key = function.arn(),
             .detail = Value(Value::Map{{"Account", function.place().account},
                                        {"Region", function.place().region},
                                        {"Function", function.row.name},
                                        {"Qualifier", qualifier},
                                        {"Gone", gone}})});
}

}  // namespace

void stop_provisioning(Call& call, const OpenFunction& function, std::string_view qualifier) {
  if (!function.tx.has(kProvisioned, function.key(qualifier))) return;
  function.tx.erase(kProvisioned, function.key(qualifier));
  call.disarm(kProvisionAgain, timer_key(function, qualifier));
  std::string version(qualifier);
  if (auto alias = get_alias(function, qualifier)) version = alias->version;
  auto row = get_version(function, version);
  const Target target{.function = function, .asked = {}, .alias = {}, .version = row.value_or(Version{})};
  emit_provision(call, function, qualifier, row ? environment_key(target) : "");
}

void provision_anew(Call& call, const OpenFunction& function, const Alias& before) {
  if (!function.tx.has(kProvisioned, function.key(before.name))) return;
  if (auto version = get_version(function, before.version))
    emit_provision(call, function, before.name,
                   environment_key({.function = function, .asked = {}, .alias = {}, .version = *version}));
  emit_provision(call, function, before.name, "");
}

Result<void> provision(Call& call, const kernel::Event& event) {
  kernel::FunctionHost* host = call.functions();
  if (host == nullptr) return {};
  const Value& detail = event.detail;
  FunctionName name{.place = {detail.at("Account").str(), detail.at("Region").str()},
                    .name = detail.at("Function").str(),
                    .qualifier = detail.at("Qualifier").str()};
  if (const std::string& gone = detail.at("Gone").str(); !gone.empty()) {
    host->provision(gone, name.arn(), 0, nullptr, nullptr);
    return {};
  }
  auto target = find_target(call, name, Routing::kPrimary);
  if (!target) return {};
  auto row = target->function.tx.get(kProvisioned, target->function.key(name.qualifier));
  if (!row) return {};
  FunctionName version{.place = name.place, .name = name.name, .qualifier = target->version.name()};
  kernel::Cloud& cloud = call.cloud();
  auto make = [&cloud, version]() -> Result<kernel::FunctionEnvironment> {
    kernel::FunctionEnvironment made = TRY(environment_maker(cloud, version)());
    made.initialization_type = "provisioned-concurrency";
    return made;
  };
  host->provision(environment_key(*target), function_key(*target), static_cast<int>(row->wanted), make, [] {});
  return {};
}

Result<void> provision_again(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  const std::string account = parts.text();
  const store::Place place{account, parts.text()};
  auto function = get_function(call, place, parts.text());
  const std::string qualifier = parts.text();
  if (!function || !function->tx.has(kProvisioned, function->key(qualifier))) return {};
  emit_provision(call, *function, qualifier, "");
  call.arm(kProvisionAgain, call.now + kLookAgain, key);
  return {};
}

// https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html
base::Result<Out> PutProvisionedConcurrencyConfig(Call& call, In in) {
  const Provisioned what = TRY(find_provisioned(call, in));
  const std::int64_t count = in.num("ProvisionedConcurrentExecutions");
  TRY_VOID(check_other(what));
  TRY_VOID(check_room(call, what, count));
  const ProvisionedConcurrency row{.wanted = count, .modified_ms = call.now_ms()};
  what.function.tx.put(kProvisioned, what.key(), row);
  emit_provision(call, what.function, what.qualifier, "");
  call.arm(kProvisionAgain, call.now + kLookAgain, timer_key(what.function, what.qualifier));
  return Out{{"RequestedProvisionedConcurrentExecutions", count},
             {"AvailableProvisionedConcurrentExecutions", 0},
             {"AllocatedProvisionedConcurrentExecutions", 0},
             {"Status", "IN_PROGRESS"},
             {"LastModified", format_modified(row.modified_ms)}};
}

// https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html
base::Result<Out> GetProvisionedConcurrencyConfig(Call& call, In in) {
  const Provisioned what = TRY(find_provisioned(call, in));
  auto row = what.function.tx.get(kProvisioned, what.key());
  if (!row) return refuse_unprovisioned();
  return show_provisioned(call, what, *row);
}

// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteProvisionedConcurrencyConfig.html
base::Result<Out> DeleteProvisionedConcurrencyConfig(Call& call, In in) {
  const Provisioned what = TRY(find_provisioned(call, in));
  stop_provisioning(call, what.function, what.qualifier);
  return Out{};
}

// https://docs.aws.amazon.com/lambda/latest/api/API_ListProvisionedConcurrencyConfigs.html
base::Result<Out> ListProvisionedConcurrencyConfigs(Call& call, In in) {
  const OpenFunction function = TRY(find_function(call, in));
  const Page page = TRY(read_page(in));
  return list_page(function.tx, kProvisioned, store::key(function.row.name), page, "ProvisionedConcurrencyConfigs",
                   [&](std::string_view key, const ProvisionedConcurrency& row) -> Value {
                     const std::string qualifier = qualifier_in(key);
                     auto alias = get_alias(function, qualifier);
                     auto version = get_version(function, alias ? alias->version : qualifier);
                     const Provisioned what{function, qualifier, version.value_or(Version{})};
                     Out shown = show_provisioned(call, what, row);
                     shown.set("FunctionArn", what.arn());
                     return shown;
                   });
}

}  // namespace lambda
