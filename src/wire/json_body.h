#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/value.h"
#include "model/shape.h"
#include "wire/members.h"

// JSON by shape: bodies of json 1.0 and 1.1, of rest-json, and of their events.
namespace wire {

using base::Value;

// Services on an older framework word the same mistakes in another way.
enum class JsonWording { kCommon, kDynamoDb };

// The structure a JSON text holds: members by API name, unknown and null members dropped, blobs decoded, timestamps in
// milliseconds. An empty text is an empty structure. Errors: SerializationException.
base::Result<Value> parse_json_structure(const model::Shape& shape, std::string_view text,
                                         JsonWording wording = JsonWording::kCommon);
// The same for one value, such as the payload of a request.
base::Result<Value> parse_json_member(const model::Member& member, std::string_view text,
                                      JsonWording wording = JsonWording::kCommon);

// Appends the JSON text of a structure or union: modelled members only, without nulls.
void append_json_structure(std::string& out, const model::Shape& shape, const Value& value,
                           Level level = Level::kOutput);
void append_json_member(std::string& out, const model::Member& member, const Value& value);

}  // namespace wire
