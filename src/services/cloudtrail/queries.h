#pragma once

#include "services/cloudtrail/state.h"

namespace cloudtrail {

base::Result<void> run_query(kernel::Call& call, std::string_view id);
inline constexpr kernel::Timer kRunQuery{"cloudtrail.run_query", run_query};  // key: query id

base::Result<void> forget_query(kernel::Call& call, std::string_view id);
inline constexpr kernel::Timer kForgetQuery{"cloudtrail.forget_query", forget_query};  // key: query id

}  // namespace cloudtrail
