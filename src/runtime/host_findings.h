#pragma once

#include "runtime/findings.h"
#include "runtime/groups.h"
#include "runtime/probe.h"

namespace runtime {

// What sandboxes hold on this host, in words.
Findings describe(const Probe& probe, const Groups& groups);

}  // namespace runtime
