#include "policy/policy.h"

namespace policy {

class Policy {
 public:
  explicit Policy(std::string_view document) : document_(document) {}
  std::string_view document() const { return document_; }

 private:
  std::string document_;
};

struct Cache::State {};

Cache::Cache() : state_(std::make_unique<State>()) {}
Cache::~Cache() = default;

std::string_view document_of(const Policy& policy) { return policy.document(); }

}  // namespace policy
