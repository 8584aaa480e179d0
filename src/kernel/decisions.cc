#include "kernel/decisions.h"

#include <algorithm>

#include "base/time_text.h"

namespace kernel {

namespace {

// The condition keys as they were when it was decided.
class Remembered : public policy::Context {
 public:
  explicit Remembered(const ConditionKeys& keys) : keys_(keys) {}
  bool find(std::string_view key, policy::Values& values) const override {
    auto found = keys_.find(std::string(key));
    if (found == keys_.end()) return false;
    values = found->second;
    return true;
  }

 private:
  const ConditionKeys& keys_;
};

Value list_of(const policy::Values& values) {
  Value::List list;
  for (const std::string& value : values) list.emplace_back(value);
  return list;
}

Value items(Value::List list) { return Value::Map{{"items", std::move(list)}}; }

}  // namespace

void Decisions::add(DecisionRecord record) {
  std::lock_guard lock(mutex_);
  if (kept_.size() < kKeptMax) return kept_.push_back(std::move(record));
  kept_[next_] = std::move(record);
  next_ = (next_ + 1) % kKeptMax;
}

std::vector<DecisionRecord> Decisions::find(std::string_view request_id) const {
  std::lock_guard lock(mutex_);
  std::vector<DecisionRecord> found;
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    const DecisionRecord& record = kept_[(next_ + i) % kept_.size()];
    if (request_id.empty()) {
      if (!record.decision.allowed()) found = {record};
    } else if (record.request_id == request_id) {
      found.push_back(record);
    }
  }
  return found;
}

void Decisions::clear() {
  std::lock_guard lock(mutex_);
  kept_.clear();
  next_ = 0;
}

Value explain(const DecisionRecord& record) {
  Remembered context(record.keys);
  policy::Question question{.subject = record.standing->subject,
                            .action = record.action,
                            .resource = record.resource,
                            .resource_account = record.resource_account,
                            .context = context,
                            .rule = record.rule};
  Value keys{Value::Map{}};
  for (const auto& [key, values] : record.keys) keys.set(key, list_of(values));
  Value answer{Value::Map{{"requestId", record.request_id},
                          {"time", base::format_iso8601(to_ms(record.time))},
                          {"principal", record.standing->subject.arn},
                          {"action", record.action},
                          {"resource", record.resource},
                          {"allowed", record.decision.allowed()},
                          {"message", record.message},
                          {"conditionKeys", std::move(keys)}}};
  Value trace = policy::explain(question, record.policies ? *record.policies : record.standing->policies);
  for (const auto& [name, value] : trace.map()) answer.set(name, value);
  return answer;
}

Value describe_refusal(const DecisionRecord& record) {
  Value::List conditions;
  for (const auto& [key, values] : record.keys) {
    Value::List each;
    for (const std::string& value : values) each.push_back(Value::Map{{"value", value}});
    conditions.push_back(Value::Map{{"key", key}, {"values", items(std::move(each))}});
  }
  Value::List matched;
  if (!record.decision.source.empty())
    matched.push_back(Value::Map{{"statementId", record.decision.sid}, {"sourcePolicyId", record.decision.source}});
  std::string_view arn = record.standing->subject.arn;
  return Value::Map{{"allowed", false},
                    {"explicitDeny", record.decision.outcome == policy::Outcome::kExplicitDeny},
                    {"matchedStatements", items(std::move(matched))},
                    {"failures", items({})},
                    {"context", Value::Map{{"principal", Value::Map{{"id", record.standing->subject.user_id},
                                                                    {"name", arn.substr(arn.rfind('/') + 1)},
                                                                    {"arn", arn}}},
                                           {"action", record.action},
                                           {"resource", record.resource},
                                           {"conditions", items(std::move(conditions))}}}};
}

}  // namespace kernel
