#pragma once

#include "services/s3/access.h"
#include "services/s3/object_answer.h"

namespace s3 {

// The object that CopyObject and UploadPartCopy read.
struct SourceObject {
  Bucket bucket;
  std::string key;
  ObjectVersion version;
  bool is_of_version = false;  // the request names the version
};

// Looked up, and its x-amz-copy-source-if-* conditions checked. Errors: InvalidArgument, NoSuchBucket, NoSuchKey,
// NoSuchVersion, InvalidRequest (a delete marker), PreconditionFailed, ObjectNotInActiveTierError.
Result<SourceObject> find_source(Call& call, const Value& input);
// Opened with the key that the request brings for it.
Result<ObjectKey> open_source(Call& call, const SourceObject& source, const Value& input);
// Sets CopySourceVersionId.
void add_source_version(Value& output, const SourceObject& source);

}  // namespace s3
