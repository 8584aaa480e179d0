// What decisions need to know of parameters: their ARNs, policies, tags.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
#include "services/ssm/parameter.h"

namespace ssm {

namespace {

std::string arn_of_named(Call& call, std::string_view text) {
  ParameterName name = read_name(call, text);
  if (name.name.starts_with("/aws/service/")) name.place.account.clear();
  return fmt::format("arn:aws:ssm:{}:{}:parameter{}", name.place.region, name.place.account, name.key());
}

}  // namespace

std::string resource_of(Call& call, std::string_view operation, const Value& input) {
  if (operation == "GetParametersByPath") return arn_of_named(call, input.at("Path").str());
  if (input.has("ResourceArn")) return input.at("ResourceArn").str();
  if (input.has("SettingId")) {
    const std::string& id = input.at("SettingId").str();
    return id.starts_with("arn:") ? id : call.arn("ssm", "servicesetting" + id);
  }
  // Of several the first; the operation asks for the others.
  if (input.has("Names") && !input.at("Names").list().empty())
    return arn_of_named(call, input.at("Names").list().front().str());
  if (input.at("ResourceType").str() == "Parameter") return arn_of_named(call, input.at("ResourceId").str());
  if (input.has("Name")) return arn_of_named(call, input.at("Name").str());
  return "*";
}

std::string policy_for(Call& call, std::string_view arn) {
  const ParameterName name = read_name(call, arn);
  auto policy = call.tx.at(name.place).get(kResourcePolicies, name.key());
  return policy ? policy->text : "";
}

void each_policy(Call& call, const Place& place, const kernel::VisitResource& visit) {
  const store::Transaction tx = call.tx.at(place);
  tx.scan(kResourcePolicies, "", [&](std::string_view key, ResourcePolicy& policy) {
    visit({arn_of(place, key), "AWS::SSM::Parameter", policy.text});
  });
}

kernel::Tags tags_of(Call& call, std::string_view arn) {
  kernel::Tags tags;
  const ParameterName name = read_name(call, arn);
  if (name.name.starts_with(kReferencePrefix)) return tags;
  if (auto row = call.tx.at(name.place).get(kParameters, name.key()))
    for (const Tag& tag : row->tags) tags.emplace(tag.key, tag.value);
  return tags;
}

bool find_key(Call& call, std::string_view key, policy::Values& values) {
  if (!call.input) return false;
  auto give_flag = [&](std::string_view member) {
    values = {call.input->at(member).flag() ? "true" : "false"};
    return true;
  };
  if (key == "ssm:overwrite") return give_flag("Overwrite");
  if (key == "ssm:recursive") return give_flag("Recursive");
  if (key == "ssm:policies") {
    values = {call.input->has("Policies") ? "true" : "false"};
    return true;
  }
  return false;
}

}  // namespace ssm
