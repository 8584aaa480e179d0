#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "policy/document.h"
#include "policy/statement.h"
#include "policy/validate.h"

// The checks behind validate.h; each adds what it finds.
namespace policy {

using Path = std::vector<PathStep>;

inline Path operator/(Path path, std::string_view name) {
  path.push_back({.type = PathStep::Type::kValue, .text = std::string(name)});
  return path;
}
inline Path operator/(Path path, int index) {
  path.push_back({.type = PathStep::Type::kIndex, .index = index});
  return path;
}
inline Path key_of(Path path, std::string_view name) {
  path.push_back({.type = PathStep::Type::kKey, .text = std::string(name)});
  return path;
}

inline bool has_wildcard_letter(std::string_view text) { return text.find_first_of("*?") != std::string_view::npos; }

class Validator {
 public:
  Validator(std::string_view document, Kind kind) : document_(document), kind_(kind) {}

  std::vector<Finding> run();

 private:
  struct Range {
    std::size_t begin, end;
  };
  static Range range(const Node& node) { return {node.begin, node.end}; }

  Position position(std::size_t byte) const;
  void add(FindingType type, std::string_view code, std::string details, Path path, Range where);
  void error(std::string_view code, std::string details, const Path& path, Range where) {
    add(FindingType::kError, code, std::move(details), path, where);
  }

  void check_type(const Node& node, bool is_right, std::string_view expected, const Path& path);

  void check_document(const Node& root);
  void check_version(const Node& root);
  void check_statement(const Node& statement, const Path& path);
  void check_effect(const Node& statement, const Path& path);
  void check_combinations(const Node& statement, const Path& path);
  void check_required(const Node& statement, const Path& path);
  void check_texts(const Node& statement, std::string_view name, const Path& path);
  void check_action(const Node& action, const Path& path);
  void check_resource(const Node& resource, const Path& path);
  void check_principal(const Node& statement, std::string_view name, const Path& path);
  void check_pass_role(const Node& statement, const Path& path);
  void check_conditions(const Node& condition, const Path& path);
  void check_operator(std::string_view name, const Node::Member& block, const Path& path);
  void check_condition_values(const Operator& how, std::string_view name, const Node::Member& key, const Path& path);
  void check_sid(const Node& statement, const Path& path);

  std::string_view document_;
  Kind kind_;
  std::set<std::string> sids_;
  std::vector<Finding> findings_;
};

}  // namespace policy
