#include "aws/dynamodb_item.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/json.h"

namespace aws::dynamodb {
namespace {

void append_value(std::string& item, std::string_view name, Type type) {
  append_text(item, name);
  item.push_back(static_cast<char>(type));
}

// With a value of each type.
std::string sample_item() {
  std::string item;
  append_varint(item, 123);
  append_varint(item, 10);
  append_value(item, "b", Type::kBinary);
  append_text(item, std::string_view("\0\xff\x80", 3));
  append_value(item, "bs", Type::kBinarySet);
  append_varint(item, 2);
  append_text(item, "one");
  append_text(item, "other");
  append_value(item, "flag", Type::kBoolean);
  item.push_back(1);
  append_value(item, "list", Type::kList);
  append_varint(item, 2);
  item.push_back(static_cast<char>(Type::kNull));
  item.push_back(static_cast<char>(Type::kNumber));
  append_text(item, "1.5");
  append_value(item, "map", Type::kMap);
  append_varint(item, 1);
  append_value(item, "in\"ner", Type::kString);
  append_text(item, "quote \" slash \\ line\n \xc3\xa4");
  append_value(item, "no list", Type::kList);
  append_varint(item, 0);
  append_value(item, "no map", Type::kMap);
  append_varint(item, 0);
  append_value(item, "ns", Type::kNumberSet);
  append_varint(item, 2);
  append_text(item, "1");
  append_text(item, "2");
  append_value(item, "s", Type::kString);
  append_text(item, std::string(300, 'x'));
  append_value(item, "ss", Type::kStringSet);
  append_varint(item, 1);
  append_text(item, "only");
  return item;
}

// What the JSON of an item stands for: its bytes are in base 64 there.
base::Value read_json(const std::string& json) {
  base::Value value = *base::parse_json(json);
  if (!value.has("b")) return value;
  value.set("b", base::Value::Map{{"B", *base::from_base64(value.at("b").at("B").str())}});
  base::Value::List set;
  for (const base::Value& element : value.at("bs").at("BS").list()) set.push_back(*base::from_base64(element.str()));
  value.set("bs", base::Value::Map{{"BS", set}});
  return value;
}

TEST(DynamodbItem, JsonSaysWhatTheValueSays) {
  for (const std::string& item : {sample_item(), std::string("\0\0", 2), std::string()}) {
    std::string json;
    append_item_json(json, item);
    EXPECT_EQ(read_json(json), item_to_value(item)) << json;
  }
}

TEST(DynamodbItem, PackedItemsAreMapsToWhoLooksInside) {
  auto bytes = std::make_shared<const std::string>(sample_item());
  base::Value packed = pack_item(bytes, *bytes);
  EXPECT_TRUE(packed.is_map());
  EXPECT_FALSE(packed.is_list());
  EXPECT_EQ(packed.at("s").at("S").str(), std::string(300, 'x'));
  EXPECT_EQ(packed, item_to_value(*bytes));
  EXPECT_EQ(item_to_value(*bytes), packed);
  base::Value copy = packed;
  copy.set("more", 1);
  EXPECT_EQ(copy.map().size(), packed.map().size() + 1);
  EXPECT_TRUE(packed.packed());
}

TEST(DynamodbItem, PackedListsAreListsToWhoLooksInside) {
  PackedItems items;
  base::Value none = PackedItems().pack();
  EXPECT_TRUE(none.is_list());
  EXPECT_TRUE(none.list().empty());
  items.add(sample_item());
  items.add(std::string("\0\0", 2));
  base::Value packed = std::move(items).pack();
  ASSERT_EQ(packed.list().size(), 2u);
  EXPECT_EQ(packed.list()[0], item_to_value(sample_item()));
  std::string json, one, empty;
  packed.packed()->append_json(json);
  append_item_json(one, sample_item());
  EXPECT_EQ(json, "[" + one + ",{}]");
  none.packed()->append_json(empty);
  EXPECT_EQ(empty, "[]");
  packed.push("more");
  EXPECT_EQ(packed.list().size(), 3u);
}

}  // namespace
}  // namespace aws::dynamodb
