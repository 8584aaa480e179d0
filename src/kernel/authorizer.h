#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kernel/decisions.h"
#include "kernel/standing.h"

namespace kernel {

// The code of a refusal in the words of the service that runs; of the kernel's own where none does.
std::string_view refusal_code(const model::Service* service);

// Puts the questions: gathers who asks, what the resource's policy says and what the request was like, and has
// policy::decide answer. Thread-safe; reads through the call's transaction, so that a change of a policy that happens
// meanwhile makes the call run again.
class Authorizer {
 public:
  struct Ask {
    std::string_view action;
    std::string_view resource;            // ARN or "*"
    const ConditionKeys* keys = nullptr;  // besides the request's own
  };

  explicit Authorizer(const std::vector<Service>& services);

  // May the caller do this? Errors: the refusal in the code and words of the service that runs.
  Result<void> authorize(Call& call, const Ask& ask);
  // May somebody else?
  Result<void> authorize(Call& call, const Principal& principal, const Standing& standing, const Ask& ask);

  Standings& standings() { return standings_; }
  Decisions& decisions() { return decisions_; }
  // The service whose ARNs begin so; null: none that is here.
  const Service* owner_of(std::string_view arn_service) const;
  void clear();

 private:
  // What is known of the resource.
  struct Resource {
    const Service* owner = nullptr;
    std::string account;      // empty: unknown
    bool is_guarded = false;  // by a policy of its own: a service that calls needs to be let in
    std::string policy;       // its text, empty: none
    policy::Kind kind = policy::Kind::kResource;
    policy::Union rule = policy::Union::kEither;
  };
  Resource look_up(Call& call, std::string_view action, std::string_view arn) const;
  Result<void> decide(Call& call, const Principal& principal, std::shared_ptr<const Standing> standing, const Ask& ask,
                      const Resource& resource);
  // The decision for a subject whom the resource's owner has granted the action besides its policy.
  static Result<policy::Decision> decide_granted(Call& call, const policy::Question& question,
                                                 const policy::Policies& policies, const std::string& grant);
  std::unexpected<base::Error> refuse(Call& call, DecisionRecord record, const policy::Question& question);

  std::vector<const Service*> services_;
  std::unordered_map<std::string_view, const Service*> owners_;  // by signing name
  Standings standings_;
  Decisions decisions_;
};

}  // namespace kernel
