#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

// The parameters of a form or query string, as query and ec2 use them: a tree written as dotted names
// ("Attribute.1.Name=Policy").
namespace wire {

// Decoded names and values of "a=1&b=2" in their order. Parts that are no valid percent-encoding are kept as they are.
std::vector<std::pair<std::string, std::string>> parse_parameters(std::string_view text);

class Form;

// One place in the tree: a name with all that stands below it.
class FormNode {
 public:
  bool exists() const { return first_ != last_; }
  // The value given to exactly this name; nothing when only names below it are given.
  std::optional<std::string_view> text() const;
  FormNode child(std::string_view name) const;
  bool has_children() const;
  // The children whose names are whole numbers, in numeric order; gaps do not matter.
  std::vector<FormNode> elements() const;

 private:
  friend class Form;
  FormNode(const Form* form, std::size_t first, std::size_t last, std::size_t depth)
      : form_(form), first_(first), last_(last), depth_(depth) {}
  std::string_view rest(std::size_t row) const;

  // A node is a range of the sorted parameters whose first `depth_` bytes agree.
  const Form* form_;
  std::size_t first_, last_, depth_;
};

class Form {
 public:
  explicit Form(std::vector<std::pair<std::string, std::string>> parameters);
  FormNode root() const { return {this, 0, parameters_.size(), 0}; }

 private:
  friend class FormNode;
  std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace wire
