#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "kernel/authorization.h"
#include "kernel/service.h"

namespace kernel {

// Which state the policies of an account, or of the organization, are in: a number never used before.
struct GenerationRow {
  std::uint64_t number = 0;

  static void fields(auto& self, auto& field) { field("number", self.number); }
};

// Key: account; "" for the organization.
inline constexpr store::Table<GenerationRow> kGenerations{"kernel.policy_generations", store::Scope::kGlobal};

// All that is known of a principal when it asks: gathered once, compiled, shared, never changed.
struct Standing {
  policy::Subject subject;
  policy::Policies policies;  // identity, boundary, session, service control
  Tags tags;                  // of the user or role, and of the session
  std::shared_ptr<const Session> session;
  bool multi_factor_present = false;
  std::string principal_id;  // AIDA…, AROA…
  bool exists = true;
  std::shared_ptr<const Guardrails> guardrails;  // over its account; null: none
  std::vector<std::string> keys;                 // condition keys its policies name
};

// Adds the condition keys that policies name, each once, in order.
void add_named_keys(const policy::Policies& policies, std::vector<std::string>& keys);

// Gathers standings and remembers them until the policies of the account or of the organization change. Thread-safe.
class Standings {
 public:
  explicit Standings(const std::vector<Service>& services);

  // Errors: InvalidClientTokenId for the session of a user or role that is no more; those of policy::compile, which
  // are bugs of who stored the policy.
  Result<std::shared_ptr<const Standing>> of(Call& call, const Principal& principal);
  // What stands over an account; null without an organization. Reads the organization's generation.
  std::shared_ptr<const Guardrails> guardrails_of(Call& call, std::string_view account);
  void clear();

  // IAM's answers of the same names; empty or nothing where there is no IAM.
  std::string managed_policy(Call& call, std::string_view arn) const;
  std::optional<RoleFacts> facts_of_role(Call& call, std::string_view role_arn) const;

 private:
  template <class Item>
  struct Remembered {
    std::uint64_t generation = 0;               // of the account
    std::uint64_t organization_generation = 0;  // of the organization
    std::shared_ptr<const Item> item;
  };
  Result<std::shared_ptr<const Standing>> gather(Call& call, const Principal& principal);
  Result<void> add_session_policies(Call& call, const Session& session, Standing& standing);

  const Service* identities_ = nullptr;    // who answers policies_of_principal
  const Service* organization_ = nullptr;  // who answers guardrails_of
  std::shared_mutex mutex_;
  std::unordered_map<std::string, Remembered<Standing>> standings_;
  std::unordered_map<std::string, Remembered<Guardrails>> guardrails_;
};

}  // namespace kernel
