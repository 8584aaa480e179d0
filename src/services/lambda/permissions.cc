// Resource policies of functions, versions and aliases: statement by statement, or whole.
// https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
#include "base/arn.h"
#include "base/json.h"
#include "kernel/cloud.h"
#include "services/lambda/functions.h"
#include "services/lambda/statements.h"

namespace lambda {

namespace {

constexpr std::size_t kPolicyBytesMax = 20'480;

std::unexpected<base::Error> refuse_length(std::size_t bytes) {
  return refuse("PolicyLengthExceededException",
                fmt::format("The final policy size ({}) is bigger than the limit ({}).", bytes, kPolicyBytesMax));
}

Value condition_of(In in) {
  Value equals, like, flags;
  if (in.has("SourceAccount")) equals.set("AWS:SourceAccount", in.str("SourceAccount"));
  if (in.has("EventSourceToken")) equals.set("lambda:EventSourceToken", in.str("EventSourceToken"));
  if (in.has("PrincipalOrgID")) equals.set("aws:PrincipalOrgID", in.str("PrincipalOrgID"));
  if (in.has("FunctionUrlAuthType")) equals.set("lambda:FunctionUrlAuthType", in.str("FunctionUrlAuthType"));
  if (in.has("SourceArn")) like.set("AWS:SourceArn", in.str("SourceArn"));
  if (in.has("InvokedViaFunctionUrl"))
    flags.set("lambda:InvokedViaFunctionUrl", in.flag("InvokedViaFunctionUrl") ? "true" : "false");
  Value condition;
  if (!equals.is_null()) condition.set("StringEquals", std::move(equals));
  if (!like.is_null()) condition.set("ArnLike", std::move(like));
  if (!flags.is_null()) condition.set("Bool", std::move(flags));
  return condition;
}

// What a policy hangs on: the function itself, a version or an alias.
Result<Target> find_subject(Call& call, const FunctionName& name) {
  if (name.qualifier == kLatestName)
    return refuse("InvalidParameterValueException", "We currently do not support adding policies for $LATEST.");
  Target target{.function = TRY(find_function(call, name)), .asked = name, .alias = {}, .version = {}};
  if (name.qualifier.empty()) return target;
  const bool is_there = is_version_number(name.qualifier) ? get_version(target.function, name.qualifier).has_value()
                                                          : get_alias(target.function, name.qualifier).has_value();
  if (!is_there)
    return refuse("ResourceNotFoundException",
                  (is_version_number(name.qualifier) ? "Function not found: " : "Cannot find alias arn: ") +
                      name.qualified_arn());
  return target;
}

// By FunctionName and Qualifier, or by ResourceArn.
Result<Target> find_subject(Call& call, In in) {
  if (!in.has("ResourceArn"))
    return find_subject(call, TRY(parse_function_name(call, in.str("FunctionName"), in.str("Qualifier"))));
  // Runtimes have ARNs too; there are none that somebody could share.
  if (base::Arn::parse(in.str("ResourceArn")).resource.starts_with("runtime/"))
    return refuse("ResourceNotFoundException", "The resource you requested does not exist.");
  return find_subject(call, TRY(parse_function_name(call, in.str("ResourceArn"))));
}

std::string policy_key(const Target& target) { return target.function.key(target.asked.qualifier); }

ResourcePolicy get_policy(const Target& target) {
  return target.function.tx.get(kPolicies, policy_key(target)).value_or(ResourcePolicy{});
}

Result<ResourcePolicy> read_policy(Call& call, const std::string& text) {
  auto document = base::parse_json(text);
  auto compiled = call.cloud().policies().compile(text, policy::Kind::kResource);
  if (!document || !compiled)
    return refuse(
        "InvalidParameterValueException",
        "The provided policy is invalid. " + (document ? compiled.error().message : document.error().message));
  ResourcePolicy policy{.revision_id = call.uuid(), .id = document->at("Id").str()};
  if (document->has("Version")) policy.language = document->at("Version").str();
  const Value& given = document->at("Statement");
  for (const Value& statement : given.is_map() ? Value::List{given} : given.list())
    policy.statements.push_back({.id = statement.at("Sid").str(), .json = base::to_json(statement)});
  if (policy.statements.empty())
    return refuse("InvalidParameterValueException", "The provided policy is invalid. It has no statements.");
  if (const std::size_t bytes = document_of(policy).size(); bytes > kPolicyBytesMax) return refuse_length(bytes);
  return policy;
}

Out show_policy(const ResourcePolicy& policy) {
  return Out{{"Policy", document_of(policy)}, {"RevisionId", policy.revision_id}};
}

}  // namespace

std::string document_of(const ResourcePolicy& policy) {
  if (policy.statements.empty()) return "";
  std::string text = R"({"Version":)" + base::to_json(Value(policy.language));
  if (!policy.id.empty()) text += R"(,"Id":)" + base::to_json(Value(policy.id));
  text += R"(,"Statement":[)";
  for (const PolicyStatement& statement : policy.statements) {
    if (&statement != &policy.statements.front()) text += ',';
    text += statement.json;
  }
  return text + "]}";
}

Result<Value> principal_element(Call& call, const std::string& principal) {
  if (principal == "*") return Value("*");
  Value element;
  if (base::is_account_id(principal)) {
    element.set("AWS", fmt::format("arn:aws:iam::{}:root", principal));
  } else if (principal.starts_with("arn:")) {
    element.set("AWS", principal);
  } else if (principal.contains('.')) {
    element.set("Service", principal);
  }
  const std::string text =
      fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{},"Action":"lambda:*"}}]}})",
                  base::to_json(element));
  if (element.is_null() || !call.cloud().policies().compile(text, policy::Kind::kResource))
    return refuse("InvalidParameterValueException",
                  "The provided principal was invalid. Please check the principal and try again.");
  return element;
}

Result<void> add_statement(Call& call, const std::string& id, const Value& statement, ResourcePolicy& policy) {
  if (std::ranges::find(policy.statements, id, &PolicyStatement::id) != policy.statements.end())
    return refuse("ResourceConflictException",
                  fmt::format("The statement id ({}) provided already exists. Please provide a new statement id, or "
                              "remove the existing statement.",
                              id));
  policy.statements.push_back({.id = id, .json = base::to_json(statement)});
  if (const std::size_t bytes = document_of(policy).size(); bytes > kPolicyBytesMax) return refuse_length(bytes);
  policy.revision_id = call.uuid();
  return {};
}

Result<void> remove_statement(Call& call, const std::string& id, ResourcePolicy& policy) {
  if (policy.statements.empty())
    return refuse("ResourceNotFoundException", "No policy is associated with the given resource.");
  if (std::erase_if(policy.statements, [&](const PolicyStatement& each) { return each.id == id; }) == 0)
    return refuse("ResourceNotFoundException", fmt::format("Statement {} is not found in resource policy.", id));
  policy.revision_id = call.uuid();
  return {};
}

// https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
base::Result<Out> AddPermission(Call& call, In in) {
  const Target target = TRY(find_subject(call, in));
  ResourcePolicy policy = get_policy(target);
  TRY_VOID(check_revision(in, policy.revision_id, "GetPolicy"));
  if (in.has("FunctionUrlAuthType") && in.str("Action") != "lambda:InvokeFunctionUrl")
    return refuse("InvalidParameterValueException",
                  "FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action");
  Value statement(Value::Map{{"Sid", in.str("StatementId")},
                             {"Effect", "Allow"},
                             {"Principal", TRY(principal_element(call, in.str("Principal")))},
                             {"Action", in.str("Action")},
                             {"Resource", target.asked.qualified_arn()}});
  if (Value condition = condition_of(in); !condition.is_null()) statement.set("Condition", std::move(condition));
  TRY_VOID(add_statement(call, in.str("StatementId"), statement, policy));
  target.function.tx.put(kPolicies, policy_key(target), policy);
  return Out{{"Statement", base::to_json(statement)}};
}

// https://docs.aws.amazon.com/lambda/latest/api/API_RemovePermission.html
base::Result<Out> RemovePermission(Call& call, In in) {
  const Target target = TRY(find_subject(call, in));
  ResourcePolicy policy = get_policy(target);
  if (!policy.statements.empty()) TRY_VOID(check_revision(in, policy.revision_id, "GetPolicy"));
  TRY_VOID(remove_statement(call, in.str("StatementId"), policy));
  if (policy.statements.empty())
    target.function.tx.erase(kPolicies, policy_key(target));
  else
    target.function.tx.put(kPolicies, policy_key(target), policy);
  return Out{};
}

// https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html
base::Result<Out> GetPolicy(Call& call, In in) {
  const Target target = TRY(find_subject(call, in));
  const ResourcePolicy policy = get_policy(target);
  if (policy.statements.empty())
    return refuse("ResourceNotFoundException", "The resource you requested does not exist.");
  return show_policy(policy);
}

// https://docs.aws.amazon.com/lambda/latest/api/API_PutResourcePolicy.html
base::Result<Out> PutResourcePolicy(Call& call, In in) {
  const Target target = TRY(find_subject(call, in));
  TRY_VOID(check_revision(in, get_policy(target).revision_id, "GetResourcePolicy"));
  const ResourcePolicy policy = TRY(read_policy(call, in.str("Policy")));
  target.function.tx.put(kPolicies, policy_key(target), policy);
  return show_policy(policy);
}

// https://docs.aws.amazon.com/lambda/latest/api/API_GetResourcePolicy.html
base::Result<Out> GetResourcePolicy(Call& call, In in) { return GetPolicy(call, in); }

// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteResourcePolicy.html
base::Result<Out> DeleteResourcePolicy(Call& call, In in) {
  const Target target = TRY(find_subject(call, in));
  const ResourcePolicy policy = get_policy(target);
  if (policy.statements.empty())
    return refuse("ResourceNotFoundException", "The resource you requested does not exist.");
  TRY_VOID(check_revision(in, policy.revision_id, "GetResourcePolicy"));
  target.function.tx.erase(kPolicies, policy_key(target));
  return Out{};
}

}  // namespace lambda
