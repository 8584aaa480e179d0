#pragma once

#include "services/s3/object_answer.h"
#include "services/s3/objects.h"

namespace s3 {

// PutObject with WriteOffsetBytes of an object that is there. Errors: NotImplemented (not a directory bucket),
// NoSuchKey, InvalidWriteOffset, TooManyParts, PreconditionFailed.
Result<Out> append_object(Call& call, const Bucket& bucket, In in);

}  // namespace s3
