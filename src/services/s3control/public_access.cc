// Block Public Access of a whole account.
#include "services/s3control/control.h"

namespace s3control {

Value show_block(const aws::PublicAccessBlock& block) {
  return Value::Map{{"BlockPublicAcls", block.blocks_acls},
                    {"IgnorePublicAcls", block.ignores_acls},
                    {"BlockPublicPolicy", block.blocks_policies},
                    {"RestrictPublicBuckets", block.restricts_buckets}};
}

aws::PublicAccessBlock read_block(const Value& given) {
  return {.blocks_acls = given.at("BlockPublicAcls").flag(),
          .ignores_acls = given.at("IgnorePublicAcls").flag(),
          .blocks_policies = given.at("BlockPublicPolicy").flag(),
          .restricts_buckets = given.at("RestrictPublicBuckets").flag()};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutPublicAccessBlock.html
Result<Out> PutPublicAccessBlock(Call& call, In in) {
  TRY_VOID(check_account(call, in.value()));
  call.tx.put(aws::kAccountPublicAccessBlocks, "", read_block(in["PublicAccessBlockConfiguration"]));
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html
Result<Out> GetPublicAccessBlock(Call& call, In in) {
  TRY_VOID(check_account(call, in.value()));
  auto block = call.tx.get(aws::kAccountPublicAccessBlocks, "");
  if (!block)
    return error("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found");
  return Out{{"PublicAccessBlockConfiguration", show_block(*block)}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeletePublicAccessBlock.html
Result<Out> DeletePublicAccessBlock(Call& call, In in) {
  TRY_VOID(check_account(call, in.value()));
  call.tx.erase(aws::kAccountPublicAccessBlocks, "");
  return Out{};
}

}  // namespace s3control
