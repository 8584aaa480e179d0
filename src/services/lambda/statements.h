#pragma once

#include <string>
#include <string_view>

#include "services/lambda/state.h"

// Resource policies, built from statements.
namespace lambda {

// {"Version":"2012-10-17","Id":"default","Statement":[…]}; empty for no statements.
std::string document_of(const ResourcePolicy& policy);
// The Principal element: a service, an account, an ARN, or everyone. Errors: InvalidParameterValueException.
Result<Value> principal_element(Call& call, const std::string& principal);
// Adds a statement. Errors: ResourceConflictException for an id that is there; PolicyLengthExceededException.
Result<void> add_statement(Call& call, const std::string& id, const Value& statement, ResourcePolicy& policy);
// Errors: ResourceNotFoundException.
Result<void> remove_statement(Call& call, const std::string& id, ResourcePolicy& policy);

// ---- hooks for decisions
std::string policy_for(Call& call, std::string_view arn);
void each_policy(Call& call, const kernel::Place& place, const kernel::VisitResource& visit);
kernel::Tags tags_of(Call& call, std::string_view arn);
bool find_key(Call& call, std::string_view key, policy::Values& values);
std::string resource_of(Call& call, std::string_view operation, const Value& input);

}  // namespace lambda
