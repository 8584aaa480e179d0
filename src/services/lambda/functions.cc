// Functions: made, changed, shown, deleted.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-functions.html
#include "services/lambda/functions.h"

#include "kernel/cloud.h"
#include "services/lambda/code.h"
#include "services/lambda/downloads.h"

namespace lambda {

namespace {

constexpr std::size_t kNameCharactersMax = 64;

Result<FunctionName> parse_new_name(const Call& call, In in) {
  FunctionName name = TRY(parse_function_name(call, in.str("FunctionName")));
  if (name.name.size() > kNameCharactersMax)
    return error("ValidationException",
                 fmt::format("1 validation error detected: Value '{}' at 'functionName' failed to satisfy constraint: "
                             "Member must have length less than or equal to 64",
                             in.str("FunctionName")));
  if (!name.qualifier.empty())
    return refuse("InvalidParameterValueException",
                  "A function name with a qualifier is not allowed when a function is created.");
  if (name.place != call.place)
    return refuse("InvalidParameterValueException", "Cannot create a function in another account.");
  return name;
}

// What is written of a version but does not matter to whoever runs it.
std::string contents_of(Version version) {
  version.revision_id.clear();
  version.modified_ms = 0;
  version.generation = 0;
  version.kms_grant.clear();
  version.state.clear();
  version.last_update.clear();
  version.last_update_reason.clear();
  version.last_update_reason_code.clear();
  return store::encode_row(version);
}

// Writes $LATEST as it has been changed; its code's uses have been counted.
void save_latest(Call& call, const OpenFunction& function, const Version& before, Version& after) {
  after.revision_id = call.uuid();
  after.modified_ms = call.now_ms();
  if (contents_of(before) != contents_of(after)) after.generation = call.next_sequence();
  after.last_update = "InProgress";
  after.last_update_reason = "The function is being created.";
  after.last_update_reason_code = "Creating";
  put_version(function, after);
  begin_settling(call, function, after);
}

Result<void> set_signing_config(Call& call, In in, OpenFunction& function) {
  const std::string& arn = in.str("CodeSigningConfigArn");
  if (arn.empty()) return {};
  if (!call.tx.has(kCodeSigningConfigs, arn.substr(arn.rfind(':') + 1)))
    return refuse("CodeSigningConfigNotFoundException",
                  fmt::format("The code signing configuration cannot be found. Check that the provided configuration "
                              "is not deleted: {}.",
                              arn));
  function.row.code_signing_config = arn;
  return {};
}

}  // namespace

// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
base::Result<Out> CreateFunction(Call& call, In in) {
  const FunctionName name = TRY(parse_new_name(call, in));
  OpenFunction function{.tx = call.tx, .row = {.name = name.name, .incarnation = call.next_sequence()}};
  Version latest{.revision_id = call.uuid(), .modified_ms = call.now_ms()};
  if (in.has("PackageType")) latest.package_type = in.str("PackageType");
  if (latest.package_type == "Image" || in["Code"].has("ImageUri")) {
    latest.package_type = "Image";
    TRY_VOID(apply_role(call, in, function, latest));
    TRY_VOID(apply_code(call, in["Code"], function, latest));
  }
  TRY_VOID(set_signing_config(call, in, function));
  TRY_VOID(apply_settings(call, in, Purpose::kCreate, function, latest));
  if (get_function(call, call.place, name.name))
    return refuse("ResourceConflictException", "Function already exist: " + name.name);
  TRY_VOID(check_tags(in.map("Tags"), in.map("Tags").size()));
  for (const auto& [key, value] : in.map("Tags")) function.row.tags[key] = value.str();
  TRY_VOID(apply_code(call, in["Code"], function, latest));
  TRY_VOID(check_attachments(in));
  TRY_VOID(check_unzipped_size(call, latest));
  for (const LayerUse& layer : latest.layers) share_code(call, layer.code);
  latest.generation = call.next_sequence();
  latest.state = "Pending";
  latest.state_reason = "The function is being created.";
  latest.state_reason_code = "Creating";
  call.tx.put(kFunctions, name.name, function.row);
  put_version(function, latest);
  begin_settling(call, function, latest);
  const Version made = in.flag("Publish") ? TRY(publish(call, function, Value())) : latest;
  return Out(show_version(call, function, made, function.arn(), Detail::kCreated));
}

// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
base::Result<Out> UpdateFunctionCode(Call& call, In in) {
  OpenFunction function = TRY(find_function(call, in));
  auto before = get_version(function, "");
  assert(before);
  TRY_VOID(check_revision(in, before->revision_id));
  Version latest = *before;
  TRY_VOID(apply_code(call, in.value(), function, latest));
  if (!in.list("Architectures").empty()) latest.architecture = in.list("Architectures").front().str();
  TRY_VOID(check_unzipped_size(call, latest));
  const bool has_other_code = latest.code != before->code;
  if (in.flag("DryRun")) {
    if (has_other_code) {
      leave_code(call, latest.code);
      function.tx.add(kCodeBytes, "", latest.code.empty() ? 0 : -latest.code_bytes);
    }
    return Out(show_version(call, function, latest, function.arn(), Detail::kWhole));
  }
  if (has_other_code) {
    leave_code(call, before->code);
    function.tx.add(kCodeBytes, "", -before->code_bytes);
  }
  save_latest(call, function, *before, latest);
  if (!in.flag("Publish")) return Out(show_version(call, function, latest, function.arn(), Detail::kWhole));
  const Version made = TRY(publish(call, function, Value()));
  return Out(show_version(call, function, made, function.arn(made.name()), Detail::kWhole));
}

// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
base::Result<Out> UpdateFunctionConfiguration(Call& call, In in) {
  const OpenFunction function = TRY(find_function(call, in));
  auto before = get_version(function, "");
  assert(before);
  TRY_VOID(check_revision(in, before->revision_id));
  Version latest = *before;
  TRY_VOID(apply_settings(call, in, Purpose::kChange, function, latest));
  TRY_VOID(check_attachments(in));
  TRY_VOID(check_unzipped_size(call, latest));
  for (const LayerUse& layer : latest.layers) share_code(call, layer.code);
  for (const LayerUse& layer : before->layers) leave_code(call, layer.code);
  save_latest(call, function, *before, latest);
  return Out(show_version(call, function, latest, function.arn(), Detail::kWhole));
}

// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html
base::Result<Out> GetFunction(Call& call, In in) {
  const Target target = TRY(find_target(call, in));
  const Function& row = target.function.row;
  Out answer{{"Configuration", show_version(call, target.function, target.version, target.arn(), Detail::kWhole)}};
  Out code{{"RepositoryType", "S3"}};
  if (auto location = code_location(call, target.function, target.version); !location)
    code.set("Error", Out{{"ErrorCode", location.error().code}, {"Message", location.error().message}});
  else
    code.set("Location", *std::move(location));
  if (!target.version.code_kms_key.empty()) code.set("SourceKMSKeyArn", target.version.code_kms_key);
  answer.set("Code", code);
  if (!row.tags.empty()) {
    Value tags(Value::Map{});
    for (const auto& [name, value] : row.tags) tags.set(name, value);
    answer.set("Tags", std::move(tags));
  }
  if (row.reserved_concurrency)
    answer.set("Concurrency", Out{{"ReservedConcurrentExecutions", *row.reserved_concurrency}});
  return answer;
}

// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
base::Result<Out> GetFunctionConfiguration(Call& call, In in) {
  const Target target = TRY(find_target(call, in));
  return Out(show_version(call, target.function, target.version, target.arn(), Detail::kWhole));
}

// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
base::Result<Out> ListFunctions(Call& call, In in) {
  const Page page = TRY(read_page(in));
  const bool wants_all = in.str("FunctionVersion") == "ALL";
  if (in.has("MasterRegion") && !wants_all)
    return refuse("InvalidParameterValueException", "FunctionVersion must be set to ALL when MasterRegion is given.");
  // "Lambda@Edge functions replicated from a master function": there are none.
  if (in.has("MasterRegion") && in.str("MasterRegion") != "ALL") return Out{{"Functions", Value::List{}}};
  return list_page(call.tx, kVersions, "", page, "Functions",
                   [&](std::string_view key, const Version& version) -> Value {
                     if (!version.is_latest() && !wants_all) return {};
                     store::KeyReader parts(key);
                     OpenFunction function{.tx = call.tx, .row = {.name = parts.text()}};
                     return show_version(call, function, version,
                                         wants_all ? function.arn(version.name()) : function.arn(), Detail::kListed);
                   });
}

namespace {

Result<void> delete_version(Call& call, const OpenFunction& function, const std::string& qualifier) {
  if (qualifier == kLatestName)
    return refuse("InvalidParameterValueException", "$LATEST version cannot be deleted without deleting the function.");
  if (!is_version_number(qualifier))
    return refuse("InvalidParameterValueException", "Deletion of aliases is not currently supported.");
  auto version = get_version(function, qualifier);
  if (!version) return {};
  std::string names;
  function.tx.scan(kAliases, store::key(function.row.name), [&](std::string_view, const Alias& alias) {
    if (alias.version != qualifier && !alias.additional.contains(qualifier)) return;
    names.append(names.empty() ? "" : ", ").append(alias.name);
  });
  if (!names.empty())
    return refuse("ResourceConflictException",
                  fmt::format("Unable to delete version because the following aliases reference it: [{}]", names));
  erase_version(call, function, *version);
  return {};
}

void delete_all(Call& call, const OpenFunction& function) {
  std::vector<std::string> aliases;
  function.tx.scan(kAliases, store::key(function.row.name),
                   [&](std::string_view, const Alias& alias) { aliases.push_back(alias.name); });
  for (const std::string& alias : aliases) erase_settings(call, function, alias);
  function.tx.erase_all(kAliases, store::key(function.row.name));
  std::vector<Version> versions;
  function.tx.scan(kVersions, store::key(function.row.name),
                   [&](std::string_view, const Version& version) { versions.push_back(version); });
  for (const Version& version : versions) erase_version(call, function, version);
  function.tx.erase(kFunctions, function.row.name);
  call.emit({.source = "lambda", .type = std::string(kRetire), .key = function.arn(), .detail = Value(Value::Map{})});
}

}  // namespace

// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html
base::Result<Out> DeleteFunction(Call& call, In in) {
  const FunctionName name = TRY(parse_function_name(call, in.str("FunctionName"), in.str("Qualifier")));
  const OpenFunction function = TRY(find_function(call, {name.place, name.name, ""}));
  if (name.qualifier.empty())
    delete_all(call, function);
  else
    TRY_VOID(delete_version(call, function, name.qualifier));
  return Out{{"StatusCode", 204}};
}

}  // namespace lambda
