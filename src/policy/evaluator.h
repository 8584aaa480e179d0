#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/evaluate.h"
#include "policy/statement.h"

// One pass over all policies that have a say. decide() and explain() both are this; only the latter keeps the reasons.
namespace policy {

struct StatementReport {
  const Statement* statement = nullptr;
  bool is_matched = false;
  std::string because;  // why it does not match
};

struct PolicyReport {
  Kind kind = Kind::kIdentity;
  std::string name;
  std::vector<StatementReport> statements;
};

// What the policies of one kind say together.
struct Say {
  bool has_policies = false;
  const Source* allowed_by = nullptr;
  const Statement* allowing = nullptr;
  // Of the resource's policy: the closest naming of the subject by a statement that allows.
  Naming naming = Naming::kNone;
};

class Evaluator {
 public:
  // `report`, when not null, gets every policy and statement.
  Evaluator(const Question& question, std::vector<PolicyReport>* report);

  Decision decide(const Policies& policies);
  // Comparisons of statements made so far, for tests of what a decision costs.
  std::size_t statements_seen() const { return statements_seen_; }

 private:
  Say ask(const Source& source, Kind kind);
  void ask(const Source& source, Kind kind, Say& say);
  Say ask_all(const std::vector<Source>& sources, Kind kind);
  // Whether every level allows; the first that does not decides.
  void ask_levels(const std::vector<std::vector<Source>>& levels, Kind kind);

  bool applies(const Statement& statement, Naming& naming, std::string* why);
  bool is_about_action(const Statement& statement) const;
  bool is_about_resource(const Statement& statement);
  bool is_about_subject(const Statement& statement, Naming& naming) const;

  Decision decide_by_grants() const;
  Decision decide_for_principal(bool is_same_account, bool is_root) const;
  Decision decide_for_outsider() const;
  Decision allow(Kind kind, const Say& say) const;
  static Decision silence(Kind kind) { return {.outcome = Outcome::kImplicitDeny, .kind = kind}; }

  const Question& question_;
  std::vector<PolicyReport>* report_;
  std::string action_;  // in lower case
  std::string_view action_service_, action_name_;
  std::optional<base::ArnParts> resource_;
  Values found_, scratch_;
  std::size_t statements_seen_ = 0;

  std::optional<Decision> denial_;   // by a statement
  std::optional<Decision> barrier_;  // by the silence of an organization or an endpoint
  Kind resource_kind_ = Kind::kResource;
  Say identity_, boundary_, session_, resource_say_;
};

}  // namespace policy
