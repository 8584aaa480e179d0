// Code signing configurations: whose code functions may run.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html
#include "base/arn.h"
#include "services/lambda/functions.h"

namespace lambda {

namespace {

constexpr int kConfigIdDigits = 17;

std::string config_arn(const store::Place& place, std::string_view id) {
  return fmt::format("arn:aws:lambda:{}:{}:code-signing-config:{}", place.region, place.account, id);
}

Out show_signing(const store::Place& place, const CodeSigningConfig& config) {
  Value::List publishers;
  for (const std::string& arn : config.publishers) publishers.push_back(arn);
  return Out{{"CodeSigningConfigId", config.id},
             {"CodeSigningConfigArn", config_arn(place, config.id)},
             {"Description", config.description},
             {"AllowedPublishers", Out{{"SigningProfileVersionArns", std::move(publishers)}}},
             {"CodeSigningPolicies", Out{{"UntrustedArtifactOnDeployment", config.on_untrusted}}},
             {"LastModified", format_modified(config.modified_ms)}};
}

std::unexpected<base::Error> refuse_absent_config(const std::string& arn) {
  return refuse("CodeSigningConfigNotFoundException",
                fmt::format("The code signing configuration cannot be found. Check that the provided configuration is "
                            "not deleted: {}.",
                            arn));
}

Result<CodeSigningConfig> find_signing(Call& call, const std::string& arn) {
  const base::Arn parts = base::Arn::parse(arn);
  const bool is_here = parts.account == call.place.account && parts.region == call.place.region;
  auto config = is_here ? call.tx.get(kCodeSigningConfigs, arn.substr(arn.rfind(':') + 1)) : std::nullopt;
  if (!config) return refuse_absent_config(arn);
  return *std::move(config);
}

Result<void> apply_signing(Call& call, In in, CodeSigningConfig& config) {
  if (in.has("Description")) config.description = in.str("Description");
  if (in["CodeSigningPolicies"].has("UntrustedArtifactOnDeployment"))
    config.on_untrusted = in["CodeSigningPolicies"].at("UntrustedArtifactOnDeployment").str();
  if (in.has("AllowedPublishers")) {
    config.publishers.clear();
    for (const Value& arn : in["AllowedPublishers"].at("SigningProfileVersionArns").list()) {
      if (base::Arn::parse(arn.str()).service != "signer")
        return refuse("InvalidParameterValueException",
                      fmt::format("{} is not the ARN of a version of a signing profile.", arn.str()));
      config.publishers.push_back(arn.str());
    }
  }
  config.modified_ms = call.now_ms();
  return {};
}

void each_user(Call& call, const std::string& arn, const std::string& after,
               const std::function<bool(const OpenFunction&)>& visit) {
  store::Scan scan;
  if (!after.empty()) scan.after = after;
  call.tx.scan(kFunctions, scan, [&](std::string_view, const Function& row) {
    return row.code_signing_config != arn || visit({.tx = call.tx, .row = row});
  });
}

}  // namespace

// https://docs.aws.amazon.com/lambda/latest/api/API_CreateCodeSigningConfig.html
base::Result<Out> CreateCodeSigningConfig(Call& call, In in) {
  CodeSigningConfig config{.id = call.new_id("csc-", kConfigIdDigits)};
  TRY_VOID(apply_signing(call, in, config));
  TRY_VOID(check_tags(in.map("Tags"), in.map("Tags").size()));
  for (const auto& [key, value] : in.map("Tags")) config.tags[key] = value.str();
  call.tx.put(kCodeSigningConfigs, config.id, config);
  return Out{{"CodeSigningConfig", show_signing(call.place, config)}};
}

// https://docs.aws.amazon.com/lambda/latest/api/API_GetCodeSigningConfig.html
base::Result<Out> GetCodeSigningConfig(Call& call, In in) {
  return Out{{"CodeSigningConfig", show_signing(call.place, TRY(find_signing(call, in.str("CodeSigningConfigArn"))))}};
}

// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateCodeSigningConfig.html
base::Result<Out> UpdateCodeSigningConfig(Call& call, In in) {
  CodeSigningConfig config = TRY(find_signing(call, in.str("CodeSigningConfigArn")));
  TRY_VOID(apply_signing(call, in, config));
  call.tx.put(kCodeSigningConfigs, config.id, config);
  return Out{{"CodeSigningConfig", show_signing(call.place, config)}};
}

// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteCodeSigningConfig.html
base::Result<Out> DeleteCodeSigningConfig(Call& call, In in) {
  const std::string& arn = in.str("CodeSigningConfigArn");
  const CodeSigningConfig config = TRY(find_signing(call, arn));
  bool is_used = false;
  each_user(call, arn, "", [&](const OpenFunction&) { return !(is_used = true); });
  if (is_used)
    return refuse("ResourceConflictException",
                  fmt::format("The code signing configuration {} is in use by functions and cannot be deleted.", arn));
  call.tx.erase(kCodeSigningConfigs, config.id);
  return Out{};
}

// https://docs.aws.amazon.com/lambda/latest/api/API_ListCodeSigningConfigs.html
base::Result<Out> ListCodeSigningConfigs(Call& call, In in) {
  const Page page = TRY(read_page(in));
  return list_page(
      call.tx, kCodeSigningConfigs, "", page, "CodeSigningConfigs",
      [&](std::string_view, const CodeSigningConfig& config) -> Value { return show_signing(call.place, config); });
}

// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionsByCodeSigningConfig.html
base::Result<Out> ListFunctionsByCodeSigningConfig(Call& call, In in) {
  TRY(find_signing(call, in.str("CodeSigningConfigArn")));
  const Page page = TRY(read_page(in));
  Value::List arns;
  std::string last;
  Out answer;
  each_user(call, in.str("CodeSigningConfigArn"), page.after, [&](const OpenFunction& function) {
    if (arns.size() == page.count_max) {
      answer.set("NextMarker", write_marker(last));
      return false;
    }
    last = function.row.name;
    arns.push_back(function.arn());
    return true;
  });
  answer.set("FunctionArns", std::move(arns));
  return answer;
}

// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionCodeSigningConfig.html
base::Result<Out> PutFunctionCodeSigningConfig(Call& call, In in) {
  OpenFunction function = TRY(find_function(call, in));
  TRY(find_signing(call, in.str("CodeSigningConfigArn")));
  function.row.code_signing_config = in.str("CodeSigningConfigArn");
  function.tx.put(kFunctions, function.row.name, function.row);
  return Out{{"CodeSigningConfigArn", function.row.code_signing_config}, {"FunctionName", function.row.name}};
}

// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionCodeSigningConfig.html
base::Result<Out> GetFunctionCodeSigningConfig(Call& call, In in) {
  const OpenFunction function = TRY(find_function(call, in));
  if (function.row.code_signing_config.empty()) return Out{};
  return Out{{"CodeSigningConfigArn", function.row.code_signing_config}, {"FunctionName", function.row.name}};
}

// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionCodeSigningConfig.html
base::Result<Out> DeleteFunctionCodeSigningConfig(Call& call, In in) {
  OpenFunction function = TRY(find_function(call, in));
  function.row.code_signing_config.clear();
  function.tx.put(kFunctions, function.row.name, function.row);
  return Out{};
}

}  // namespace lambda
