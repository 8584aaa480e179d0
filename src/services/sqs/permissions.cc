// AddPermission and RemovePermission: the queue's policy, edited one statement at a time.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-customer-managed-policy-examples.html
#include "base/arn.h"
#include "base/json.h"
#include "services/sqs/queue.h"

namespace sqs {

namespace {

constexpr std::size_t kActionsMax = 7;
constexpr std::size_t kLabelCharactersMax = 80;

// "Valid values: the name of any action or *."
constexpr std::string_view kSharedActions[] = {
    "*",           "ChangeMessageVisibility",    "DeleteMessage", "GetQueueAttributes",
    "GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue",    "ReceiveMessage",
    "SendMessage",
};

bool is_label(std::string_view label) {
  auto is_allowed = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_'; };
  return !label.empty() && label.size() <= kLabelCharactersMax && std::ranges::all_of(label, is_allowed);
}

bool is_operation(std::string_view name) { return std::ranges::binary_search(Model::operations, name); }

std::unexpected<base::Error> invalid_parameter(std::string_view value, std::string_view name, std::string_view reason) {
  return error("InvalidParameterValue",
               fmt::format("Value {} for parameter {} is invalid. Reason: {}", value, name, reason));
}

base::Result<void> check_actions(const Value::List& actions) {
  if (actions.empty()) return error("MissingParameter", "The request must contain the parameter Actions.");
  if (actions.size() > kActionsMax)
    return error("OverLimit",
                 fmt::format("{} Actions were found, maximum allowed is {}.", actions.size(), kActionsMax));
  for (const Value& action : actions) {
    if (std::ranges::binary_search(kSharedActions, std::string_view(action.str()))) continue;
    return invalid_parameter("SQS:" + action.str(), "ActionName",
                             is_operation(action.str())
                                 ? "Only the queue owner is allowed to invoke this action."
                                 : "Please refer to the appropriate WSDL for a list of valid actions.");
  }
  return {};
}

base::Result<void> check_accounts(const Value::List& accounts) {
  bool is_valid = !accounts.empty();
  std::string shown;
  for (const Value& account : accounts) {
    shown += (shown.empty() ? "" : ", ") + account.str();
    is_valid = is_valid && base::is_account_id(account.str());
  }
  if (is_valid) return {};
  return invalid_parameter("[" + shown + "]", "PrincipalId", "Unable to verify.");
}

// One text alone, several as a list, as AWS writes policies.
Value one_or_list(Value::List texts) { return texts.size() == 1 ? texts.front() : Value(std::move(texts)); }

Value make_statement(const OpenQueue& queue, In in) {
  Value::List principals, actions;
  for (const Value& account : in.list("AWSAccountIds"))
    principals.push_back(fmt::format("arn:aws:iam::{}:root", account.str()));
  for (const Value& action : in.list("Actions")) actions.push_back("SQS:" + action.str());
  return Value::Map{{"Sid", in.str("Label")},
                    {"Effect", "Allow"},
                    {"Principal", Value::Map{{"AWS", one_or_list(std::move(principals))}}},
                    {"Action", one_or_list(std::move(actions))},
                    {"Resource", queue.arn()}};
}

// The statements of a policy; one alone need not stand in a list.
Value::List statements_of(const Value& policy) {
  const Value& statements = policy.at("Statement");
  if (statements.is_map()) return {statements};
  return statements.list();
}

Value read_policy(const Settings& settings) {
  auto policy = base::parse_json(settings.policy);
  return policy ? *std::move(policy) : Value();
}

void write_settings(Call& call, OpenQueue& queue, const Settings& settings) {
  queue.row.modified_ms = call.now_ms();
  queue.tx.put(kQueues, queue.row.name, queue.row);
  queue.tx.put(kSettings, queue.row.name, settings);
}

}  // namespace

void each_policy(Call& call, const kernel::Place& place, const kernel::VisitResource& visit) {
  call.tx.at(place).scan(kSettings, "", [&](std::string_view name, Settings& settings) {
    visit({fmt::format("arn:aws:sqs:{}:{}:{}", place.region, place.account, name), "AWS::SQS::Queue", settings.policy});
  });
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html
base::Result<Out> AddPermission(Call& call, In in) {
  OpenQueue queue = TRY(find_queue(call, in.str("QueueUrl")));
  const std::string& label = in.str("Label");
  if (!is_label(label))
    return invalid_parameter(label, "Label",
                             "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
  TRY_VOID(check_actions(in.list("Actions")));
  TRY_VOID(check_accounts(in.list("AWSAccountIds")));
  Settings settings = get_settings(queue);
  Value policy = read_policy(settings);
  if (policy.is_null()) policy = Value::Map{{"Version", "2008-10-17"}, {"Id", queue.arn() + "/SQSDefaultPolicy"}};
  Value::List statements = statements_of(policy);
  for (const Value& statement : statements)
    if (statement.at("Sid").str() == label) return invalid_parameter(label, "Label", "Already exists.");

  statements.push_back(make_statement(queue, in));
  policy.set("Statement", std::move(statements));
  settings.policy = base::to_json(policy);
  write_settings(call, queue, settings);
  return Out{};
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_RemovePermission.html
base::Result<Out> RemovePermission(Call& call, In in) {
  OpenQueue queue = TRY(find_queue(call, in.str("QueueUrl")));
  const std::string& label = in.str("Label");
  Settings settings = get_settings(queue);
  Value policy = read_policy(settings);
  Value::List statements = statements_of(policy);
  if (std::erase_if(statements, [&](const Value& statement) { return statement.at("Sid").str() == label; }) == 0)
    return invalid_parameter(label, "Label", "can't find label on existing policy.");

  const bool is_last = statements.empty();
  policy.set("Statement", std::move(statements));
  settings.policy = is_last ? "" : base::to_json(policy);
  write_settings(call, queue, settings);
  return Out{};
}

}  // namespace sqs
