// What comes of a simulation: each action on each resource, decided and explained.
#include "base/arn.h"
#include "base/strings.h"
#include "kernel/cloud.h"
#include "services/iam/simulation.h"

namespace iam {

namespace {

// The context entries of the request; remembers which keys were asked for in vain.
class SimulatedContext : public policy::Context {
 public:
  explicit SimulatedContext(const std::map<std::string, policy::Values>& facts) : facts_(facts) {}

  bool find(std::string_view key, policy::Values& values) const override {
    auto found = facts_.find(std::string(key));
    if (found == facts_.end()) {
      missing_.emplace(key);
      return false;
    }
    values = found->second;
    return true;
  }
  const std::set<std::string>& missing() const { return missing_; }

 private:
  const std::map<std::string, policy::Values>& facts_;
  mutable std::set<std::string> missing_;
};

struct Span {
  std::size_t begin = 0, end = 0;  // of the braces around a statement, both included
};

// Where the statements of a document stand: it has been compiled, so it is JSON of the right form.
std::vector<Span> spans_of_statements(std::string_view document) {
  std::vector<Span> spans;
  std::size_t depth = 0, text_begin = 0;
  bool in_text = false, in_statements = false;
  std::size_t list_depth = 1;  // statements stand in the outermost map, or in a list in it
  std::string_view last_text;
  for (std::size_t i = 0; i < document.size(); ++i) {
    const char c = document[i];
    if (in_text) {
      if (c == '\\') ++i;
      if (c == '"') {
        in_text = false;
        last_text = document.substr(text_begin, i - text_begin);
      }
    } else if (c == '"') {
      in_text = true;
      text_begin = i + 1;
    } else if (c == ':' && depth == 1) {
      in_statements = last_text == "Statement";
      list_depth = 1;
    } else if (c == '{' || c == '[') {
      if (in_statements && c == '[' && depth == 1) list_depth = 2;
      if (in_statements && c == '{' && depth == list_depth) spans.push_back({i, i});
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
      if (in_statements && c == '}' && depth == list_depth) spans.back().end = i;
    }
  }
  return spans;
}

// Positions count lines and columns from 1 and stand behind the brace.
Out show_position(std::string_view document, std::size_t at) {
  const std::string_view before = document.substr(0, at + 1);
  const std::size_t line_begin = before.rfind('\n') + 1;  // 0 when there is no line before
  return Out{{"Line", static_cast<std::int64_t>(std::ranges::count(before, '\n')) + 1},
             {"Column", static_cast<std::int64_t>(before.size() - line_begin) + 1}};
}

// One action on one resource.
class Trial {
 public:
  Trial(Call& call, const Simulation& simulation, std::string action, std::string resource)
      : call_(call),
        simulation_(simulation),
        action_(std::move(action)),
        resource_(std::move(resource)),
        context_(simulation.facts) {}

  Out show(bool names_resources);

 private:
  policy::Policies policies() const;
  policy::Question question() const {
    return {.subject = simulation_.subject,
            .action = action_,
            .resource = resource_,
            .resource_account = owner_,
            .context = context_};
  }
  // What comes of these policies alone.
  std::string_view decide(const policy::Policies& policies) const;
  bool allows_with_full_access(policy::Policies policies) const;
  Value::List matched_statements(std::string_view decision) const;
  void show_details(const std::string& decision, Out& shown) const;
  Value::List missing_values() const;

  Call& call_;
  const Simulation& simulation_;
  std::string action_, resource_, owner_;
  SimulatedContext context_;
};

policy::Policies Trial::policies() const {
  policy::Policies policies;
  for (const SimulatedPolicy& policy : simulation_.identity) policies.identity.push_back(policy.source);
  if (simulation_.boundary) policies.boundary = simulation_.boundary->source;
  if (simulation_.resource) policies.resource = simulation_.resource->source;
  policies.service_control = simulation_.service_control;
  return policies;
}

std::string_view Trial::decide(const policy::Policies& policies) const {
  switch (policy::decide(question(), policies).outcome) {
    case policy::Outcome::kAllowed: return "allowed";
    case policy::Outcome::kExplicitDeny: return "explicitDeny";
    case policy::Outcome::kImplicitDeny: break;
  }
  return "implicitDeny";
}

bool Trial::allows_with_full_access(policy::Policies policies) const {
  auto everything = call_.cloud().policies().compile(kFullAccess, policy::Kind::kIdentity);
  if (everything) policies.identity.push_back({"everything", *everything});
  return decide(policies) == "allowed";
}

// "If any statement denies that operation, then the explicit deny overrides any allow. In addition, the deny statement
// is the only entry included in the result."
Value::List Trial::matched_statements(std::string_view decision) const {
  Value::List shown;
  if (decision == "implicitDeny") return shown;
  const std::string_view effect = decision == "allowed" ? "Allow" : "Deny";
  std::map<std::string_view, const SimulatedPolicy*> by_name;
  for (const SimulatedPolicy& policy : simulation_.identity) by_name[policy.source.name] = &policy;
  if (simulation_.boundary && effect == "Deny") by_name[simulation_.boundary->source.name] = &*simulation_.boundary;
  if (simulation_.resource) by_name[simulation_.resource->source.name] = &*simulation_.resource;
  const Value reasons = policy::explain(question(), policies());
  for (const Value& report : reasons.at("policies").list()) {
    auto found = by_name.find(report.at("name").str());
    if (found == by_name.end()) continue;
    const std::string_view document = policy::document_of(*found->second->source.policy);
    const std::vector<Span> spans = spans_of_statements(document);
    for (const Value& statement : report.at("statements").list()) {
      if (!statement.at("matched").flag() || statement.at("effect").str() != effect) continue;
      const Span span = spans.at(static_cast<std::size_t>(statement.at("index").num()));
      shown.push_back(Out{{"SourcePolicyId", found->second->id},
                          {"SourcePolicyType", found->second->type},
                          {"StartPosition", show_position(document, span.begin)},
                          {"EndPosition", show_position(document, span.end)}});
    }
  }
  return shown;
}

Value::List Trial::missing_values() const {
  std::vector<SimulatedPolicy> policies = simulation_.identity;
  if (simulation_.boundary) policies.push_back(*simulation_.boundary);
  if (simulation_.resource) policies.push_back(*simulation_.resource);
  Value::List names;
  for (const std::string& name : as_written(context_.missing(), policies)) names.emplace_back(name);
  return names;
}

void Trial::show_details(const std::string& decision, Out& shown) const {
  shown.set("MatchedStatements", matched_statements(decision));
  shown.set("MissingContextValues", missing_values());
  // "This parameter is returned only for cross-account simulations."
  if (simulation_.resource && owner_ != simulation_.subject.account) {
    policy::Policies identity = policies();
    identity.resource.reset();
    const policy::Policies resource{.resource = simulation_.resource->source};
    policy::Question same_account = question();
    same_account.resource_account = simulation_.subject.account;
    auto outcome = [&](const policy::Policies& part) {
      const policy::Decision decided = policy::decide(same_account, part);
      return decided.allowed()                                   ? "allowed"
             : decided.outcome == policy::Outcome::kExplicitDeny ? "explicitDeny"
                                                                 : "implicitDeny";
    };
    Value details;
    details.set("IAM Policy", outcome(identity));
    details.set("Resource Policy", outcome(resource));
    shown.set("EvalDecisionDetails", details);
  }
  if (simulation_.boundary) {
    const bool allows = allows_with_full_access({.boundary = simulation_.boundary->source});
    shown.set("PermissionsBoundaryDecisionDetail", Out{{"AllowedByPermissionsBoundary", allows}});
  }
}

Out Trial::show(bool names_resources) {
  owner_ = base::Arn::parse(resource_).account;
  if (owner_.empty()) owner_ = simulation_.resource_owner;
  if (owner_.empty()) owner_ = simulation_.subject.account;
  const std::string decision(decide(policies()));
  Out shown{{"EvalActionName", action_}, {"EvalResourceName", resource_}, {"EvalDecision", decision}};
  show_details(decision, shown);
  if (!simulation_.service_control.empty()) {
    const bool allows = allows_with_full_access({.service_control = simulation_.service_control});
    shown.set("OrganizationsDecisionDetail", Out{{"AllowedByOrganizations", allows}});
  }
  if (names_resources) {
    Out specific{{"EvalResourceName", resource_}, {"EvalResourceDecision", decision}};
    show_details(decision, specific);
    shown.set("ResourceSpecificResults", Value::List{specific});
  }
  return shown;
}

base::Result<void> check_action(const std::string& action) {
  std::size_t colon = action.find(':');
  if (colon != action.npos && colon != 0 && colon + 1 != action.size() && action.find_first_of("*? ") == action.npos)
    return {};
  return error("InvalidInput", fmt::format("Action name {} is not valid.", action));
}

base::Result<void> check_resource(const std::string& resource) {
  if (resource == "*" || base::Arn::parse(resource)) return {};
  return error("InvalidInput", fmt::format("Resource {} must be in ARN format or \"*\".", resource));
}

}  // namespace

std::vector<std::string> as_written(const std::set<std::string>& keys, const std::vector<SimulatedPolicy>& policies) {
  std::vector<std::string> names;
  for (const std::string& key : keys) {
    std::string name = key;
    for (const SimulatedPolicy& policy : policies) {
      const std::string_view document = policy::document_of(*policy.source.policy);
      const std::size_t at = base::to_lower(document).find(key);
      if (at == document.npos) continue;
      name = document.substr(at, key.size());
      break;
    }
    names.push_back(std::move(name));
  }
  return names;
}

base::Result<Out> answer_simulation(Call& call, In in, const Simulation& simulation) {
  Listing listing = TRY(Listing::begin(in));
  std::vector<std::string> resources;
  for (const Value& resource : in.list("ResourceArns")) {
    TRY_VOID(check_resource(resource.str()));
    resources.push_back(resource.str());
  }
  const bool names_resources = !resources.empty() && resources != std::vector<std::string>{"*"};
  if (resources.empty()) resources.emplace_back("*");
  for (const Value& action : in.list("ActionNames")) TRY_VOID(check_action(action.str()));
  std::uint64_t number = 0;
  for (const Value& action : in.list("ActionNames"))
    for (const std::string& resource : resources)
      if (listing.wants(store::key(++number)))
        listing.add(Trial(call, simulation, action.str(), resource).show(names_resources));
  return listing.answer("EvaluationResults");
}

}  // namespace iam
