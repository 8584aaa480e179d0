#pragma once

#include "aws/dax.h"
#include "services/dynamodb/items.h"

// Operations at the endpoint of a DAX cluster: answered from its caches where these have the answer. Elsewhere each is
// the operation of its name.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.concepts.html
namespace dynamodb {

base::Result<Out> get_item_by_cache(Call& call, In in);
base::Result<Out> batch_get_by_cache(Call& call, In in);
base::Result<Out> query_by_cache(Call& call, In in);
base::Result<Out> scan_by_cache(Call& call, In in);
base::Result<Out> put_item_through(Call& call, In in);
base::Result<Out> update_item_through(Call& call, In in);
base::Result<Out> delete_item_through(Call& call, In in);
base::Result<Out> batch_write_through(Call& call, In in);
base::Result<Out> transact_write_through(Call& call, In in);

// Throws away what is too old. Key: account, region, cluster id, generation.
base::Result<void> trim_cache_step(Call& call, std::string_view key);
inline constexpr kernel::Timer kTrimCache{"dynamodb.trim_cache", trim_cache_step};

}  // namespace dynamodb
