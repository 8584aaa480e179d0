// Versions: published, kept, given up.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
#include "base/arn.h"
#include "base/bytes.h"
#include "services/lambda/code.h"
#include "services/lambda/concurrency.h"
#include "services/lambda/functions.h"

namespace lambda {

void share_version_code(Call& call, const Version& version) {
  share_code(call, version.code);
  for (const LayerUse& layer : version.layers) share_code(call, layer.code);
}

void leave_version_code(Call& call, const Version& version) {
  leave_code(call, version.code);
  for (const LayerUse& layer : version.layers) leave_code(call, layer.code);
}

void put_version(const OpenFunction& function, const Version& version) {
  function.tx.put(kVersions, store::key(function.row.name, version.number), version);
}

void erase_settings(Call& call, const OpenFunction& function, std::string_view qualifier) {
  stop_provisioning(call, function, qualifier);
  const std::string key = function.key(qualifier);
  if (auto url = function.tx.get(kFunctionUrls, key)) function.tx.erase(kUrlTargets, url->id);
  function.tx.erase(kFunctionUrls, key);
  function.tx.erase(kEventInvokeConfigs, key);
  function.tx.erase(kPolicies, key);
}

void erase_version(Call& call, const OpenFunction& function, const Version& version) {
  leave_version_code(call, version);
  function.tx.add(kCodeBytes, "", -version.code_bytes);
  erase_settings(call, function, version.name());
  function.tx.erase(kVersions, store::key(function.row.name, version.number));
}

Result<void> check_revision(In in, std::string_view current, std::string_view operations) {
  if (!in.has("RevisionId") || in.str("RevisionId") == current) return {};
  return refuse("PreconditionFailedException",
                fmt::format("The Revision Id provided does not match the latest Revision Id. Call the {} API to "
                            "retrieve the latest Revision Id",
                            operations));
}

void begin_settling(Call& call, const OpenFunction& function, const Version& version) {
  call.emit({.source = "lambda",
             .type = std::string(kSettle),
             .key = function.arn(),
             .detail = Value(Value::Map{{"Name", function.row.name},
                                        {"Version", version.name()},
                                        {"Generation", std::int64_t(version.generation)}})});
}

Result<void> settle(Call& call, const kernel::Event& event) {
  kernel::FunctionHost* host = call.functions();
  if (event.type == kRetire && host != nullptr) host->retire(event.key);
  if (event.type != kSettle) return {};
  const base::Arn arn = base::Arn::parse(event.key);
  const store::Place place{std::string(arn.account), std::string(arn.region)};
  auto function = get_function(call, place, event.detail.at("Name").str());
  if (!function) return {};
  auto version = get_version(*function, event.detail.at("Version").str());
  if (!version || std::int64_t(version->generation) != event.detail.at("Generation").num()) return {};
  version->state = "Active";
  version->state_reason.clear();
  version->state_reason_code.clear();
  version->last_update = "Successful";
  version->last_update_reason.clear();
  version->last_update_reason_code.clear();
  put_version(*function, *version);
  if (host != nullptr)
    host->supersede(environment_key({.function = *function, .asked = {}, .alias = {}, .version = *version}));
  return {};
}

Result<Version> publish(Call& call, OpenFunction& function, const Value& description) {
  auto latest = get_version(function, "");
  assert(latest);
  // "Lambda doesn't publish a version if the function's configuration and code haven't changed since the last version."
  if (auto last = get_version(function, std::to_string(function.row.last_number));
      last && last->generation == latest->generation)
    return *std::move(last);
  Version version = *std::move(latest);
  version.number = ++function.row.last_number;
  version.revision_id = call.uuid();
  version.modified_ms = call.now_ms();
  if (!description.is_null()) version.description = description.str();
  version.state = "Pending";
  version.state_reason = "The function is being created.";
  version.state_reason_code = "Creating";
  version.last_update = "Successful";
  version.last_update_reason.clear();
  version.last_update_reason_code.clear();
  share_version_code(call, version);
  function.tx.add(kCodeBytes, "", version.code_bytes);
  put_version(function, version);
  function.tx.put(kFunctions, function.row.name, function.row);
  begin_settling(call, function, version);
  return version;
}

// https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
base::Result<Out> PublishVersion(Call& call, In in) {
  OpenFunction function = TRY(find_function(call, in));
  auto latest = get_version(function, "");
  assert(latest);
  TRY_VOID(check_revision(in, latest->revision_id));
  if (in.has("CodeSha256") && in.str("CodeSha256") != latest->code_sha256)
    return refuse("InvalidParameterValueException",
                  fmt::format("CodeSHA256 ({}) is different from current CodeSHA256 in $LATEST ({}). Please try again "
                              "with the CodeSHA256 in $LATEST.",
                              in.str("CodeSha256"), latest->code_sha256));
  const Version version = TRY(publish(call, function, in["Description"]));
  return Out(show_version(call, function, version, function.arn(version.name()), Detail::kWhole));
}

Result<Page> read_page(In in, std::size_t count_max) {
  Page page{.after = {}, .count_max = count_max};
  if (in.has("MaxItems")) page.count_max = std::min(count_max, static_cast<std::size_t>(in.num("MaxItems")));
  if (const std::string& marker = in.str("Marker"); !marker.empty()) {
    auto after = base::from_base64(marker);
    if (!after) return refuse("InvalidParameterValueException", "The marker is not one that was answered.");
    page.after = *std::move(after);
  }
  return page;
}

std::string write_marker(std::string_view last_key) { return base::to_base64(last_key); }

std::string qualifier_in(std::string_view settings_key) {
  store::KeyReader parts(settings_key);
  parts.text();
  return parts.text();
}

// https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html
base::Result<Out> ListVersionsByFunction(Call& call, In in) {
  const OpenFunction function = TRY(find_function(call, in));
  const Page page = TRY(read_page(in));
  return list_page(function.tx, kVersions, store::key(function.row.name), page, "Versions",
                   [&](std::string_view, const Version& version) -> Value {
                     return show_version(call, function, version, function.arn(version.name()), Detail::kListed);
                   });
}

}  // namespace lambda
