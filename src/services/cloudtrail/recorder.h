#pragma once

#include <memory>

#include "kernel/recorder.h"

namespace cloudtrail {

// Listens to the calls of one lane.
std::unique_ptr<kernel::Recorder> make_recorder(kernel::Cloud& cloud);

}  // namespace cloudtrail
