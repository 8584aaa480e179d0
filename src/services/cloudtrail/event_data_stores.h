#pragma once

#include "services/cloudtrail/state.h"

namespace cloudtrail {

std::string store_arn(const Call& call, const EventDataStore& store);

// By id or ARN. Errors: EventDataStoreARNInvalidException, EventDataStoreNotFoundException.
base::Result<EventDataStore> find_store(Call& call, const std::string& id_or_arn);
// One that is not pending deletion. InactiveEventDataStoreException besides.
base::Result<EventDataStore> find_active_store(Call& call, const std::string& id_or_arn);

base::Result<void> sweep(kernel::Call& call, std::string_view key);
inline constexpr kernel::Timer kSweep{"cloudtrail.sweep", sweep};  // key: id

}  // namespace cloudtrail
