#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/document.h"
#include "policy/validate.h"

// Parts of policy::validate.
namespace policy {

using Path = std::vector<PathStep>;

Path operator/(Path path, std::string_view name);  // the value of a member
Path operator/(Path path, std::size_t index);      // an element of a list
Path name_in(Path path, std::string_view name);    // the name of a member

// Gathers findings about a document.
class Checker {
 public:
  Checker(std::string_view document, Kind kind) : document_(document), kind_(kind) {}

  Kind kind() const { return kind_; }
  void add(FindingType type, std::string_view issue_code, std::string details, Path path, std::size_t begin,
           std::size_t end);
  void add(FindingType type, std::string_view issue_code, std::string details, Path path, const Node& node) {
    add(type, issue_code, std::move(details), std::move(path), node.begin, node.end);
  }
  // Adds a place to the finding added last.
  void add_location(Path path, const Node& node);
  std::vector<Finding> take() { return std::move(findings_); }
  Position position_of(std::size_t byte) const;

 private:
  std::string_view document_;
  Kind kind_;
  std::vector<Finding> findings_;
};

// The texts of an element with their paths; an element that is a text alone has its own.
struct PlacedText {
  const Node* node = nullptr;
  Path path;
};
std::vector<PlacedText> placed_texts(const Node& element, const Path& path);

// validate_statement.cc, validate_condition.cc, validate_access.cc: all of one statement.
void check_statement(Checker& checker, const Node& statement, const Path& path, bool has_variables);
void check_condition(Checker& checker, const Node& condition, const Path& path);
void check_granted_access(Checker& checker, const Node& statement, const Path& path);

}  // namespace policy
