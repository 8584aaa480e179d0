#pragma once

#include "services/organizations/organization.h"

namespace organizations {

// A handshake nobody has answered in time.
bool is_expired(Call& call, const Handshake& handshake);
// {"Handshake": …}
Out show_in_answer(Call& call, const Handshake& handshake);

}  // namespace organizations
