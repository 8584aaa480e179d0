// Values of attributes as trees: what requests are read into and expressions work on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/dynamodb.h"
#include "aws/dynamodb_item.h"

namespace dynamodb {

using aws::dynamodb::Type;
using base::Value;

inline constexpr std::int64_t kItemBytesMax = 409'600;  // "The maximum item size in DynamoDB is 400 KB"
inline constexpr int kNestingLevelsMax = 32;
inline constexpr std::size_t kAttributeNameBytesMax = 65'535;

struct Member;

struct Attribute {
  Type type = Type::kNull;
  bool flag = false;                // of booleans
  std::string text;                 // of texts, numbers (normalised) and bytes
  std::vector<Attribute> elements;  // of lists; of sets, in order
  std::vector<Member> members;      // of maps, ordered by name

  static Attribute of_text(std::string text);
  static Attribute of_number(std::string number);
  bool is_set() const { return type >= Type::kStringSet; }
  bool is_scalar_text() const { return type <= Type::kBinary; }
};
struct Member {
  std::string name;
  Attribute value;
};
inline Attribute Attribute::of_text(std::string text) { return {.type = Type::kString, .text = std::move(text)}; }
inline Attribute Attribute::of_number(std::string number) { return {.type = Type::kNumber, .text = std::move(number)}; }
bool operator==(const Attribute& left, const Attribute& right);
bool operator==(const Member& left, const Member& right);

// The attributes of an item, ordered by name.
using Item = std::vector<Member>;
const Attribute* find(const Item& item, std::string_view name);  // null when there is none
Attribute* find(Item& item, std::string_view name);
Attribute& ensure(Item& item, std::string_view name);
void remove_member(Item& item, std::string_view name);

// Below 0, 0, above 0 for two texts, numbers or bytes of the same type; nothing for anything else.
std::optional<int> compare(const Attribute& left, const Attribute& right);

// Sizes as AWS counts them: names and values.
std::int64_t size_of(const Attribute& value);
std::int64_t size_of(const Item& item);

// The element types of sets: kStringSet's is kString.
Type element_type(Type set);
// Brings a set's elements in order; false when one is there twice.
bool order_set(Attribute& set);

// As bytes, see aws/dynamodb_item.h.
std::string encode(const Item& item);
Item decode(std::string_view bytes);

// As answers show them.
Value to_value(const Attribute& value);
Value to_value(const Item& item);
// Inside messages: {S:text}.
std::string describe(const Attribute& value);

// From requests; errors in AWS's words.
base::Result<Attribute> read_attribute(const Value& value);
base::Result<Item> read_item(const Value::Map& attributes);
std::optional<Type> parse_type(std::string_view name);
std::unexpected<base::Error> validation_error(std::string message);
std::unexpected<base::Error> invalid_parameter(std::string_view message);  // "One or more parameter values were …"

}  // namespace dynamodb
