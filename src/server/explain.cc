#include "server/explain.h"

#include <fmt/format.h>

namespace server {

namespace {

using base::Value;

std::string statement_text(const Value& statement) {
  const std::string& sid = statement.at("sid").str();
  std::string text = "    " + statement.at("effect").str();
  if (!sid.empty()) text += " \"" + sid + "\"";
  text += statement.at("matched").flag() ? ": matches" : ": does not match";
  const std::string& because = statement.at("because").str();
  if (!because.empty()) text += " (" + because + ")";
  return text + "\n";
}

std::string decision_text(const Value& decision) {
  bool is_allowed = decision.at("allowed").flag();
  const std::string& principal = decision.at("principal").str();
  std::string text = fmt::format("{}: {}\n  on {}\n  by {}\n  at {}, request {}\n", is_allowed ? "Allowed" : "Refused",
                                 decision.at("action").str(), decision.at("resource").str(),
                                 principal.empty() ? "anonymous" : principal, decision.at("time").str(),
                                 decision.at("requestId").str());
  if (!is_allowed) text += "  " + decision.at("message").str() + "\n";
  for (const Value& policy : decision.at("policies").list()) {
    text += fmt::format("\n  {}: {}\n", policy.at("kind").str(), policy.at("name").str());
    for (const Value& statement : policy.at("statements").list()) text += statement_text(statement);
  }
  if (decision.at("policies").list().empty()) text += "\n  No policy had a say.\n";
  if (decision.at("conditionKeys").map().empty()) return text;
  text += "\n  Condition keys that the policies name:\n";
  for (const auto& [key, values] : decision.at("conditionKeys").map()) {
    text += "    " + key + " =";
    for (const Value& value : values.list()) text += " " + value.str();
    text += "\n";
  }
  return text;
}

}  // namespace

std::string explanation_text(const Value& answer) {
  std::string text;
  for (const Value& decision : answer.at("decisions").list()) {
    if (!text.empty()) text += "\n";
    text += decision_text(decision);
  }
  return text;
}

}  // namespace server
