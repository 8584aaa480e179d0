// "Block Public Access": what of ACLs and policies counts, whatever they say. S3 keeps one with each bucket; that of a
// whole account is set by s3control and heeded by S3.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
#pragma once

#include "store/table.h"

namespace aws {

struct PublicAccessBlock {
  bool blocks_acls = false;
  bool ignores_acls = false;
  bool blocks_policies = false;
  bool restricts_buckets = false;

  static void fields(auto& self, auto& field) {
    field("blocks_acls", self.blocks_acls);
    field("ignores_acls", self.ignores_acls);
    field("blocks_policies", self.blocks_policies);
    field("restricts_buckets", self.restricts_buckets);
  }
};

// Key: "".
inline constexpr store::Table<PublicAccessBlock> kAccountPublicAccessBlocks{"s3.account_public_access_blocks",
                                                                            store::Scope::kAccount};

}  // namespace aws
