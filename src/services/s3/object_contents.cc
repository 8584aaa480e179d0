#include "services/s3/contents.h"

namespace s3 {

void add_objects(kernel::Service& service) {
  static constexpr kernel::Operation kOperations[] = {
      // put.cc, copies.cc
      OPERATION(CopyObject),
      OPERATION(PutObject),
      // get.cc, object_attributes.cc
      OPERATION(GetObject),
      OPERATION(GetObjectAttributes),
      OPERATION(HeadObject),
      // deletes.cc
      OPERATION(DeleteObject),
      OPERATION(DeleteObjects),
      // lists.cc
      OPERATION(ListObjectVersions),
      OPERATION(ListObjects),
      OPERATION(ListObjectsV2),
      // uploads.cc, upload_completion.cc, upload_lists.cc
      OPERATION(AbortMultipartUpload),
      OPERATION(CompleteMultipartUpload),
      OPERATION(CreateMultipartUpload),
      OPERATION(ListMultipartUploads),
      OPERATION(ListParts),
      OPERATION(UploadPart),
      OPERATION(UploadPartCopy),
      // object_tags.cc
      OPERATION(DeleteObjectTagging),
      OPERATION(GetObjectTagging),
      OPERATION(PutObjectTagging),
      // object_locks.cc
      OPERATION(GetObjectLegalHold),
      OPERATION(GetObjectRetention),
      OPERATION(PutObjectLegalHold),
      OPERATION(PutObjectRetention),
      // object_encryption.cc, rename.cc
      OPERATION(RenameObject),
      OPERATION(UpdateObjectEncryption),
      // object_acls.cc
      OPERATION(GetObjectAcl),
      OPERATION(PutObjectAcl),
  };
  service.operations.insert(service.operations.end(), std::begin(kOperations), std::end(kOperations));
}

}  // namespace s3
