#pragma once

#include <string>
#include <string_view>

#include "base/cbor.h"
#include "base/result.h"
#include "base/value.h"
#include "model/shape.h"

// CBOR by shape: bodies of rpc-v2-cbor and its events.
namespace wire {

using base::Value;

// The structure a CBOR item holds; an empty text is an empty structure. Errors: SerializationException.
base::Result<Value> parse_cbor_structure(const model::Shape& shape, std::string_view bytes);
// Writes a structure or union: modelled members only, without nulls.
void write_cbor_structure(base::CborWriter& out, const model::Shape& shape, const Value& value);
// Writes the members of the structure into a map the caller has opened.
void write_cbor_members(base::CborWriter& out, const model::Shape& shape, const Value& value);

}  // namespace wire
