#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/condition.h"
#include "policy/pattern.h"
#include "policy/policy.h"
#include "policy/principal.h"

// A compiled policy: what policy.h hides from other layers.
namespace policy {

// "s3:Get*", in lower case.
struct ActionPattern {
  std::string written;
  std::string service;  // "s3"; "*": all services
  Glob name;

  explicit ActionPattern(std::string_view action);
  bool matches(std::string_view other_service, std::string_view other_name) const {
    return (service == other_service || service == "*") && name.matches(other_name);
  }
};

struct Statement {
  int index = 0;
  std::string sid;
  bool allows = false;
  bool is_not_action = false, is_not_resource = false, is_not_principal = false;
  std::vector<ActionPattern> actions;
  std::vector<ArnPattern> resources;
  bool has_resources = false;  // else it is about any
  std::optional<Principals> principals;
  std::vector<Condition> conditions;
};

class Policy {
 public:
  std::string document;
  Kind kind = Kind::kIdentity;
  Variables variables = Variables::kLiteral;
  std::vector<Statement> statements;
};

// --- the checks of a document, in the order AWS makes them ---

// Whether elements are what the grammar wants them to be.
Result<void> check_grammar(const Node& document, Kind kind);
// Where the kind forbids or requires elements.
Result<void> check_elements_of_kind(const Node& document, Kind kind);
// Names of effects, dates, resources, ids, actions.
Result<void> check_contents(const Node& document, Kind kind);

// The statements of a document that check_grammar accepted.
std::vector<const Node*> statements_of(const Node& document);
// The texts of an element that is a text or a list of them, without nulls; none for a null pointer.
std::vector<const Node*> texts_of(const Node* element);

inline std::unexpected<base::Error> malformed(std::string message) {
  return base::fail("MalformedPolicyDocument", std::move(message));
}
// What is said of a document that is not of the grammar.
std::string_view message_of_syntax(Kind kind);

bool is_identity_kind(Kind kind);

}  // namespace policy
