// What decisions need to know of functions, layers and code signing configurations.
#include "base/arn.h"
#include "base/strings.h"
#include "services/lambda/functions.h"
#include "services/lambda/layer_lookup.h"
#include "services/lambda/statements.h"
#include "services/lambda/url_requests.h"

namespace lambda {

namespace {

std::string layer_arn_of(const Call& call, const Value& input) {
  std::string layer = input.at("LayerName").str();
  if (!layer.starts_with("arn:"))
    layer = fmt::format("arn:aws:lambda:{}:{}:layer:{}", call.place.region, call.place.account, layer);
  return input.has("VersionNumber") ? fmt::format("{}:{}", layer, input.at("VersionNumber").num()) : layer;
}

void add_texts(const Value::List& list, policy::Values& values) {
  for (const Value& each : list) values.push_back(each.str());
}

// What is told of the function that a request is about, by the condition keys that are not about the request.
bool add_text(const Value& value, policy::Values& values) {
  if (value.str().empty()) return false;
  values.push_back(value.str());
  return true;
}

}  // namespace

std::string resource_of(Call& call, std::string_view, const Value& input) {
  if (input.has("LayerName")) return layer_arn_of(call, input);
  for (std::string_view member : {"FunctionName", "Resource", "ResourceArn", "CodeSigningConfigArn", "Arn"}) {
    const std::string& named = input.at(member).str();
    if (named.empty()) continue;
    if (member != "FunctionName") return named;
    auto name = parse_function_name(call, named, input.at("Qualifier").str());
    return name ? name->qualified_arn() : "*";
  }
  if (input.has("UUID"))
    return fmt::format("arn:aws:lambda:{}:{}:event-source-mapping:{}", call.place.region, call.place.account,
                       input.at("UUID").str());
  return "*";
}

std::string policy_for(Call& call, std::string_view arn) {
  if (auto layer = get_layer_version(call, arn)) return document_of(layer->row.policy);
  const base::Arn parts = base::Arn::parse(arn);
  const std::vector<std::string_view> words = base::split(parts.resource, ':');  // function, name, qualifier
  if (words.size() < 2 || words[0] != "function") return "";
  const store::Place place{std::string(parts.account), std::string(parts.region)};
  const auto policy =
      call.tx.at(place).get_shared(kPolicies, store::key(words[1], words.size() > 2 ? words[2] : kLatestName));
  return policy ? document_of(*policy) : "";
}

void each_policy(Call& call, const kernel::Place& place, const kernel::VisitResource& visit) {
  const store::Transaction tx = call.tx.at(place);
  tx.scan(kFunctions, "", [&](std::string_view, const Function& row) {
    const OpenFunction function{.tx = tx, .row = row};
    auto policy = tx.get(kPolicies, function.key(""));
    visit({.arn = function.arn(), .type = "AWS::Lambda::Function", .policy = policy ? document_of(*policy) : ""});
  });
  tx.scan(kLayerVersions, "", [&](std::string_view key, const LayerVersion& row) {
    store::KeyReader parts(key);
    const OpenLayerVersion layer{.tx = tx, .name = parts.text(), .row = row};
    visit({.arn = layer.arn(), .type = "AWS::Lambda::LayerVersion", .policy = document_of(row.policy)});
  });
}

kernel::Tags tags_of(Call& call, std::string_view arn) {
  const base::Arn parts = base::Arn::parse(arn);
  const std::vector<std::string_view> words = base::split(parts.resource, ':');
  if (words.size() < 2) return {};
  const store::Place place{std::string(parts.account), std::string(parts.region)};
  if (words[0] == "function") {
    auto function = get_function(call, place, words[1]);
    return function ? function->row.tags : kernel::Tags();
  }
  if (words[0] != "code-signing-config") return {};
  auto config = call.tx.at(place).get(kCodeSigningConfigs, words[1]);
  return config ? config->tags : kernel::Tags();
}

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
bool find_key(Call& call, std::string_view key, policy::Values& values) {
  if (find_url_key(call, key, values)) return true;
  const Value& input = *call.input;
  if (key == "lambda:layer") {
    add_texts(input.at("Layers").list(), values);
    return !values.empty();
  }
  if (key == "lambda:principal") return add_text(input.at("Principal"), values);
  if (key == "lambda:functionurlauthtype") {
    if (input.has("AuthType")) return add_text(input.at("AuthType"), values);
    return add_text(input.at("FunctionUrlAuthType"), values);
  }
  if (key == "lambda:codesigningconfigarn") return add_text(input.at("CodeSigningConfigArn"), values);
  if (key == "lambda:functionarn") {
    if (!input.has("FunctionName")) return false;
    auto name = parse_function_name(call, input.at("FunctionName").str());
    if (name) values.push_back(name->qualified_arn());
    return name.has_value();
  }
  return false;
}

}  // namespace lambda
