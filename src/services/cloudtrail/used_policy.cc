#include "services/cloudtrail/used_policy.h"

#include <map>
#include <set>

#include "base/arn.h"
#include "base/strings.h"
#include "kernel/usage.h"
#include "services/cloudtrail/state.h"

namespace cloudtrail {

namespace {

using Uses = std::map<std::string, std::set<std::string>>;  // action: resources

// The principal as policies are attached to it: a role for its sessions.
std::string holder_of(const Caller& caller) {
  if (caller.type != kernel::Principal::Type::kAssumedRole) return caller.arn;
  if (!caller.role_arn.empty()) return caller.role_arn;
  std::vector<std::string_view> parts = base::split(caller.arn, '/');
  return parts.size() < 2 ? caller.arn : fmt::format("arn:aws:iam::{}:role/{}", caller.account, parts[1]);
}

bool is_denial(const std::string& code) {
  return code.starts_with("AccessDenied") || code == "UnauthorizedOperation" || code == "NotImplemented";
}

void add_history(kernel::Call& call, const std::string& account, const std::string& principal, std::int64_t since_ms,
                 Uses& uses) {
  call.tx.dump(kHistory.name, [&](const store::RawRow& row) {
    if (row.account != account) return;
    Block block;
    if (!store::decode_row(row.bytes, block)) return;
    for (const Note& note : block.notes) {
      // What a service did on somebody's behalf was asked of the service.
      bool counts = note.time_ms >= since_ms && !note.is_foreign && note.invoked_by.empty() && !note.action.empty() &&
                    !is_denial(note.error_code) && note.caller < block.callers.size();
      if (!counts || holder_of(block.callers[note.caller]) != principal) continue;
      uses[note.action].insert(note.resource.empty() ? "*" : note.resource);
    }
  });
}

void add_last_uses(kernel::Call& call, const std::string& principal, std::int64_t since_ms, Uses& uses) {
  for (const kernel::ServiceUse& use : kernel::uses_by_principal(call, principal)) {
    std::string action = use.service + ":" + use.action;
    if (use.action.empty() || use.at_ms < since_ms || use.resources.empty() || uses.contains(action)) continue;
    uses[action].insert(use.resources.begin(), use.resources.end());
  }
}

Value one_or_list(const std::vector<std::string>& texts) {
  if (texts.size() == 1) return Value(texts[0]);
  Value::List list;
  for (const std::string& text : texts) list.emplace_back(text);
  return Value(std::move(list));
}

}  // namespace

base::Result<Value> used_policy(kernel::Call& call, const std::string& principal_arn, std::int64_t since_ms) {
  const base::Arn arn = base::Arn::parse(principal_arn);
  if (!arn)
    return base::fail("InvalidRequest", "principal must be the ARN of a user, a role or the root of an account.");
  Uses uses;
  add_history(call, std::string(arn.account), principal_arn, since_ms, uses);
  add_last_uses(call, principal_arn, since_ms, uses);
  uses.erase("sts:GetCallerIdentity");  // needs no permission
  if (uses.empty()) return base::fail("NotFound", principal_arn + " has done nothing that needs a permission.");
  // Actions of a service that were used on the same resources share a statement.
  std::map<std::pair<std::string, std::vector<std::string>>, std::vector<std::string>> statements;
  for (const auto& [action, resources] : uses) {
    std::vector<std::string> list(resources.begin(), resources.end());
    if (resources.contains("*")) list = {"*"};
    statements[{action.substr(0, action.find(':')), std::move(list)}].push_back(action);
  }
  Value::List shown;
  for (const auto& [what, actions] : statements)
    shown.push_back(
        Value::Map{{"Effect", "Allow"}, {"Action", one_or_list(actions)}, {"Resource", one_or_list(what.second)}});
  return Value(Value::Map{{"Version", "2012-10-17"}, {"Statement", std::move(shown)}});
}

}  // namespace cloudtrail
