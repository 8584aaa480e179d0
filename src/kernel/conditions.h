#pragma once

#include "kernel/standing.h"

namespace kernel {

// The condition keys of a call, computed when a policy names them.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
class Conditions : public policy::Context {
 public:
  struct About {
    Call& call;
    const Principal& principal;
    const Standing& standing;
    std::string_view resource;
    std::string_view resource_account;            // empty: unknown
    const Service* owner;                         // of the resource; null: unknown
    Standings& standings;                         // for the organization of the resource's account
    const std::vector<const Service*>& services;  // for keys of services
    const ConditionKeys* more;                    // null: none
  };

  explicit Conditions(About about) : about_(about) {}
  bool find(std::string_view key, policy::Values& values) const override;

 private:
  bool find_principal_key(std::string_view name, policy::Values& values) const;
  bool find_organization_key(std::string_view name, policy::Values& values) const;
  bool find_session_key(std::string_view name, policy::Values& values) const;
  bool find_service_caller_key(std::string_view name, policy::Values& values) const;
  bool find_request_key(std::string_view name, policy::Values& values) const;
  bool find_resource_key(std::string_view name, policy::Values& values) const;
  bool find_service_key(std::string_view key, policy::Values& values) const;
  bool find_resource_tag(std::string_view name, policy::Values& values) const;

  About about_;
};

// The tags a request brings, whatever its members are called: aws:RequestTag and aws:TagKeys.
Tags tags_in(const Value& input);
// The keys of these tags, or those that a request takes away.
std::vector<std::string> tag_keys_in(const Value& input);

}  // namespace kernel
