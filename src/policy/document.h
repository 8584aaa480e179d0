#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// JSON as policies need it: with the place of everything in the text, with repeated names, in order.
namespace policy {

struct Node {
  enum class Type { kNull, kFlag, kNumber, kText, kList, kMap };
  struct Member;

  Type type = Type::kNull;
  std::string text;                // of a text, decoded; of a number or flag, as written
  std::vector<Node> items;         // of a list
  std::vector<Member> members;     // of a map
  std::size_t begin = 0, end = 0;  // bytes of the document, quotes and brackets included

  bool is(Type other) const { return type == other; }
  bool is_scalar() const { return type == Type::kText || type == Type::kFlag || type == Type::kNumber; }
  // The first member of that name, or null.
  const Node* find(std::string_view name) const;
};

struct Node::Member {
  std::string name;
  std::size_t begin = 0, end = 0;  // of the name
  Node value;
};

inline constexpr int kDocumentDepthMax = 64;

// Nothing where the text is no JSON; then `error_at` is the byte where reading stopped.
std::optional<Node> read_document(std::string_view text, std::size_t& error_at);

// Whether a map anywhere in it names something twice.
bool has_repeated_names(const Node& node);

}  // namespace policy
