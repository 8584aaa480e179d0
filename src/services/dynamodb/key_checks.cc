// Whether keys fit a table's schema, in AWS's words.
#include "services/dynamodb/table.h"

namespace dynamodb {

namespace {

constexpr std::size_t kHashBytesMax = 2'048;
constexpr std::size_t kRangeBytesMax = 1'024;

using aws::dynamodb::type_name;

std::string_view kind_of(const Attribute& value) { return value.type == Type::kBinary ? "binary" : "string"; }

std::unexpected<base::Error> hash_too_large() {
  return invalid_parameter("Size of hashkey has exceeded the maximum size limit of2048 bytes");
}

std::unexpected<base::Error> range_too_large() {
  return invalid_parameter("Aggregated size of all range keys has exceeded the size limit of 1024 bytes");
}

base::Result<void> check_size(bool is_hash, const Attribute& value) {
  if (is_hash && value.text.size() > kHashBytesMax) return hash_too_large();
  if (!is_hash && value.text.size() > kRangeBytesMax) return range_too_large();
  return {};
}

std::unexpected<base::Error> key_mismatch() {
  return validation_error("The provided key element does not match the schema");
}

base::Result<void> check_index_part(const Index& index, const KeyPart& part, bool is_hash, const Item& item) {
  const Attribute* value = find(item, part.name);
  if (!value) return {};
  if (value->type != part.type)
    return invalid_parameter(fmt::format("Type mismatch for Index Key {} Expected: {} Actual: {} IndexName: {}",
                                         part.name, type_name(part.type), type_name(value->type), index.name));
  if (value->text.empty())
    return validation_error(
        fmt::format("One or more parameter values are not valid. A value specified for a secondary index key is not "
                    "supported. The AttributeValue for a key attribute cannot contain an empty {} value. IndexName: "
                    "{}, IndexKey: {}",
                    kind_of(*value), index.name, part.name));
  return check_size(is_hash, *value);
}

}  // namespace

base::Result<void> check_key_value(const KeyPart& part, bool is_hash, const Attribute& value) {
  if (value.text.empty())
    return validation_error(
        fmt::format("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain "
                    "an empty {} value. Key: {}",
                    kind_of(value), part.name));
  return check_size(is_hash, value);
}

base::Result<void> check_key(const Table& table, const Item& key) {
  if (key.size() != (table.range ? 2u : 1u)) return key_mismatch();
  return check_key_in(table, key);
}

base::Result<void> check_key_in(const Table& table, const Item& item) {
  auto is_of_type = [&](const KeyPart& part) {
    const Attribute* value = find(item, part.name);
    return value && value->type == part.type;
  };
  if (!is_of_type(table.hash)) return key_mismatch();
  // A range key that is not there goes before what is wrong with the value of the hash key.
  if (table.range && !find(item, table.range->name)) return key_mismatch();
  TRY_VOID(check_key_value(table.hash, true, *find(item, table.hash.name)));
  if (!table.range) return {};
  if (!is_of_type(*table.range)) return key_mismatch();
  return check_key_value(*table.range, false, *find(item, table.range->name));
}

base::Result<void> check_item_key(const Table& table, const Item& item) {
  auto check = [&](const KeyPart& part, bool is_hash) -> base::Result<void> {
    const Attribute* value = find(item, part.name);
    if (!value) return invalid_parameter(fmt::format("Missing the key {} in the item", part.name));
    if (value->type != part.type)
      return invalid_parameter(fmt::format("Type mismatch for key {} expected: {} actual: {}", part.name,
                                           type_name(part.type), type_name(value->type)));
    return check_key_value(part, is_hash, *value);
  };
  TRY_VOID(check(table.hash, true));
  return table.range ? check(*table.range, false) : base::Result<void>();
}

base::Result<void> check_index_keys(const Table& table, const Item& item) {
  for (const Index& index : table.indexes) {
    base::Result<void> fits;
    std::size_t hash_bytes = 0, range_bytes = 0;
    index.each_part([&](const KeyPart& part, bool is_hash) {
      if (fits) fits = check_index_part(index, part, is_hash, item);
      if (const Attribute* value = find(item, part.name)) (is_hash ? hash_bytes : range_bytes) += value->text.size();
    });
    TRY_VOID(fits);
    if (hash_bytes > kHashBytesMax) return hash_too_large();
    if (range_bytes > kRangeBytesMax) return range_too_large();
  }
  return {};
}

}  // namespace dynamodb
