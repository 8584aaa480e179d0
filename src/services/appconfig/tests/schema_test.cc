#include "services/appconfig/schema.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace appconfig {
namespace {

// The keywords that a document breaks, in order.
std::string broken(std::string_view schema, std::string_view document) {
  std::string keywords;
  for (const SchemaFailure& failure : validate_schema(*base::parse_json(schema), *base::parse_json(document)))
    keywords += (keywords.empty() ? "" : " ") + failure.constraint + "@" + failure.location;
  return keywords;
}

TEST(Schema, types_and_bounds) {
  constexpr std::string_view schema =
      R"({"type": "object", "required": ["rate"], "properties": {"rate": {"type": "integer", "maximum": 10}}})";
  EXPECT_EQ(broken(schema, R"({"rate": 10})"), "");
  EXPECT_EQ(broken(schema, R"({"rate": 10.0})"), "");
  EXPECT_EQ(broken(schema, R"({"rate": 11})"), "maximum@/rate");
  EXPECT_EQ(broken(schema, R"({"rate": 1.5})"), "type@/rate");
  EXPECT_EQ(broken(schema, R"({})"), "required@$");
  EXPECT_EQ(broken(schema, R"([])"), "type@$");
  EXPECT_EQ(broken(R"({"minimum": 1, "exclusiveMinimum": true})", "1"), "minimum@$");
  EXPECT_EQ(broken(R"({"exclusiveMaximum": 2})", "2"), "exclusiveMaximum@$");
  EXPECT_EQ(broken(R"({"multipleOf": 0.1})", "0.3"), "");
  EXPECT_EQ(broken(R"({"multipleOf": 2})", "3"), "multipleOf@$");
  EXPECT_EQ(broken(R"({"type": ["string", "null"]})", "null"), "");
  EXPECT_EQ(broken(R"({"enum": [1, "a"]})", "1.0"), "");
  EXPECT_EQ(broken(R"({"enum": [1, "a"]})", "\"b\""), "enum@$");
  EXPECT_EQ(broken(R"({"const": null})", "0"), "const@$");
}

TEST(Schema, texts_and_lists) {
  EXPECT_EQ(broken(R"({"minLength": 2, "maxLength": 2})", "\"äö\""), "");
  EXPECT_EQ(broken(R"({"maxLength": 2})", "\"abc\""), "maxLength@$");
  EXPECT_EQ(broken(R"({"pattern": "^a+$"})", "\"ab\""), "pattern@$");
  EXPECT_EQ(broken(R"({"items": {"type": "string"}, "minItems": 3})", R"(["a", 1])"), "minItems@$ type@/1");
  EXPECT_EQ(broken(R"({"items": [{"type": "string"}], "additionalItems": false})", R"(["a", 1])"), "false@/1");
  EXPECT_EQ(broken(R"({"uniqueItems": true, "maxItems": 2})", "[1, 2, 1.0]"), "maxItems@$ uniqueItems@$");
  EXPECT_EQ(broken(R"({"contains": {"type": "null"}})", "[1]"), "contains@$");
}

TEST(Schema, objects) {
  EXPECT_EQ(broken(R"({"properties": {"a": {}}, "additionalProperties": false})", R"({"a": 1, "b/c": 2})"),
            "additionalProperties@/b~1c");
  EXPECT_EQ(broken(R"({"patternProperties": {"^n_": {"type": "number"}}, "additionalProperties": {"type": "string"}})",
                   R"({"n_a": "x", "b": 2})"),
            "type@/n_a type@/b");
  EXPECT_EQ(broken(R"({"minProperties": 1})", "{}"), "minProperties@$");
  EXPECT_EQ(broken(R"({"maxProperties": 1})", R"({"a": 1, "b": 2})"), "maxProperties@$");
  EXPECT_EQ(broken(R"({"dependencies": {"a": ["b"], "c": {"required": ["d"]}}})", R"({"a": 1, "c": 2})"),
            "dependencies@$ required@$");
}

TEST(Schema, combinations_and_references) {
  EXPECT_EQ(broken(R"({"anyOf": [{"type": "string"}, {"minimum": 5}]})", "4"), "anyOf@$");
  EXPECT_EQ(broken(R"({"oneOf": [{"minimum": 1}, {"minimum": 5}]})", "6"), "oneOf@$");
  EXPECT_EQ(broken(R"({"allOf": [{"minimum": 1}, {"maximum": 5}]})", "6"), "maximum@$");
  EXPECT_EQ(broken(R"({"not": {"type": "null"}})", "null"), "not@$");
  EXPECT_EQ(broken(R"({"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"minimum": 2}})", "1"),
            "minimum@$");
  constexpr std::string_view tree =
      R"({"$ref": "#/definitions/node",
          "definitions": {"node": {"type": "object", "properties": {"next": {"$ref": "#/definitions/node"}}}}})";
  EXPECT_EQ(broken(tree, R"({"next": {"next": {}}})"), "");
  EXPECT_EQ(broken(tree, R"({"next": {"next": 1}})"), "type@/next/next");
  EXPECT_EQ(broken(R"({"$ref": "#/nowhere"})", "1"), "$ref@$");
  EXPECT_EQ(broken(R"({"$ref": "#"})", "1"), "");  // round in circles, and no further
  EXPECT_EQ(broken(R"({"anyOf": [{"$ref": "#"}, {"$ref": "#"}]})", "1"), "$schema@$");
}

}  // namespace
}  // namespace appconfig
