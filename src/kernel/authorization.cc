#include "kernel/authorization.h"

#include "kernel/cloud.h"

namespace kernel {

namespace {

// Which state the policies of an account, or of the organization, are in: a number never used before.
struct GenerationRow {
  std::uint64_t number = 0;

  static void fields(auto& self, auto& field) { field("number", self.number); }
};

// Key: account; "" for the organization.
constexpr store::Table<GenerationRow> kGenerations{"kernel.policy_generations", store::Scope::kGlobal};

}  // namespace

void policies_changed(Call& call, std::string_view account) {
  call.tx.at({}).put(kGenerations, std::string(account), {call.next_sequence()});
}

}  // namespace kernel
