#include "services/s3/buckets.h"
#include "services/s3/contents.h"
#include "services/s3/directory_buckets.h"
#include "services/s3/object_lambda.h"

namespace s3 {

using kernel::Call;

namespace {

// "If present, indicates that the requester was successfully charged for the request."
void add_charge(const Call& call, const Value& input, Value& answer) {
  if (input.at("RequestPayer").str() != "requester" || !call.operation->output->find("RequestCharged")) return;
  auto bucket = get_bucket(call.tx, input.at("Bucket").str());
  if (bucket && bucket->requester_pays) answer.set("RequestCharged", "requester");
}

template <auto Function>
Result<Value> run_charged(Call& call, const Value& input) {
  auto output = Function(call, In(input));
  if (!output) return std::unexpected(std::move(output).error());
  Value answer(*std::move(output));
  add_charge(call, input, answer);
  return answer;
}

// An operation that requesters may be charged for.
template <auto Function>
constexpr kernel::Operation charged(model::OperationName<Model> name) {
  return {name.text, run_charged<Function>};
}

// One that a function may answer instead.
template <auto Function>
constexpr kernel::Operation transformed(model::OperationName<Model> name) {
  return {name.text, [](Call& call, const Value& input) -> Result<Value> {
            if (auto transformation = find_transformation(call, call.operation->name, input))
              return transform(call, input, *transformation);
            return run_charged<Function>(call, input);
          }};
}

}  // namespace

void add_objects(kernel::Service& service) {
  static constexpr kernel::Operation kOperations[] = {
      // put.cc, copies.cc
      charged<&CopyObject>("CopyObject"),
      charged<&PutObject>("PutObject"),
      // get.cc, object_attributes.cc
      transformed<&GetObject>("GetObject"),
      charged<&GetObjectAttributes>("GetObjectAttributes"),
      transformed<&HeadObject>("HeadObject"),
      // deletes.cc
      charged<&DeleteObject>("DeleteObject"),
      charged<&DeleteObjects>("DeleteObjects"),
      // lists.cc
      charged<&ListObjectVersions>("ListObjectVersions"),
      transformed<&ListObjects>("ListObjects"),
      transformed<&ListObjectsV2>("ListObjectsV2"),
      // uploads.cc, upload_completion.cc, upload_lists.cc
      charged<&AbortMultipartUpload>("AbortMultipartUpload"),
      charged<&CompleteMultipartUpload>("CompleteMultipartUpload"),
      charged<&CreateMultipartUpload>("CreateMultipartUpload"),
      charged<&ListMultipartUploads>("ListMultipartUploads"),
      charged<&ListParts>("ListParts"),
      charged<&UploadPart>("UploadPart"),
      charged<&UploadPartCopy>("UploadPartCopy"),
      // object_tags.cc
      charged<&DeleteObjectTagging>("DeleteObjectTagging"),
      charged<&GetObjectTagging>("GetObjectTagging"),
      charged<&PutObjectTagging>("PutObjectTagging"),
      // object_locks.cc
      charged<&GetObjectLegalHold>("GetObjectLegalHold"),
      charged<&GetObjectRetention>("GetObjectRetention"),
      charged<&PutObjectLegalHold>("PutObjectLegalHold"),
      charged<&PutObjectRetention>("PutObjectRetention"),
      // object_encryption.cc
      charged<&UpdateObjectEncryption>("UpdateObjectEncryption"),
      // object_acls.cc
      charged<&GetObjectAcl>("GetObjectAcl"),
      charged<&PutObjectAcl>("PutObjectAcl"),
      // torrent.cc
      OPERATION(GetObjectTorrent),
      // rename.cc
      OPERATION(RenameObject),
      // object_lambda_answers.cc
      OPERATION(WriteGetObjectResponse),
  };
  service.operations.insert(service.operations.end(), std::begin(kOperations), std::end(kOperations));
  service.timers.push_back(&kForgetAnswer);
  service.timers.push_back(&kForgetRename);
}

}  // namespace s3
