#pragma once

#include <string_view>
#include <vector>

// What IAM knows of actions, from AWS's service authorisation tables, and which actions an operation is authorised as.
// `tools/compile_authorization.py` packs it; a service's part is decoded when it is first asked for.
namespace model {

struct ConditionKey {
  std::string_view name;  // "aws:RequestTag/${TagKey}"
  std::string_view type;  // "String", "ArrayOfString", "Bool", "ARN", …
};

struct ResourceType {
  std::string_view name;                         // "queue"
  std::string_view arn;                          // "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}"
  std::vector<std::string_view> condition_keys;  // "aws:ResourceTag/${TagKey}"
};

struct ActionResource {
  const ResourceType* type;
  bool required = false;
  std::vector<std::string_view> condition_keys, dependent_actions;
};

struct Action {
  std::string_view name;          // "sqs:SendMessage"
  std::string_view access_level;  // "Read", "List", "Write", "Permissions management", "Tagging"; empty: unknown
  std::vector<std::string_view> condition_keys, dependent_actions;
  std::vector<ActionResource> resources;  // required ones first; none: "*"
  bool obeys_resource_control = false;    // its service supports resource control policies
};

// All of one prefix ("sqs").
struct ActionTable {
  std::string_view prefix;
  std::vector<Action> actions;  // by name in lower case, as the next
  std::vector<ResourceType> resource_types;
  std::vector<ConditionKey> condition_keys;
};

// Every prefix that IAM knows, in order.
std::vector<std::string_view> action_prefixes();
// Null: IAM knows no such prefix.
const ActionTable* find_action_table(std::string_view prefix);
// "sqs:SendMessage", in any case; null: there is no such action.
const Action* find_action(std::string_view name);

// What an operation needs: each of these actions. None: anybody may call it, or it asks by itself.
struct Authorization {
  struct Part {
    const Action* action;
    std::string_view arn;  // the template to fill; empty: those of the action's resource types
  };
  std::vector<Part> parts;
};

// Null: the operation has no mapping, which the build prevents.
const Authorization* find_authorization(std::string_view service_id, std::string_view operation);

}  // namespace model
