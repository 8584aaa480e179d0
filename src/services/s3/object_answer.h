#pragma once

#include "services/s3/object_request.h"
#include "services/s3/preconditions.h"

// What answers say about an object.
namespace s3 {

// Sets the members that GetObject and HeadObject share, all but those about its bytes: headers and metadata, version,
// class, restoration, tags, lock, encryption, replication.
void add_description(Call& call, const Bucket& bucket, const ObjectVersion& version, Value& output);

// Sets Expiration, where lifecycle will expire the object.
void add_expiration(Call& call, const Bucket& bucket, std::string_view key, const ObjectVersion& version,
                    Value& output);

// Metadata as headers may carry it: what is not printable ASCII is encoded by RFC 2047.
std::string header_text(std::string_view value);

// The parts of an object that was uploaded in parts; nothing for others.
std::optional<CompletedUpload> get_parts(Call& call, const ObjectVersion& version);

// The conditions of GetObject, HeadObject.
Preconditions read_preconditions(const Value& input);

}  // namespace s3
