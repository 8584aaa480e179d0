#pragma once

namespace runtime {

// How much of the machine's memory may still be had: 0 to 1; 1 where it does not say.
double share_of_memory_available();

}  // namespace runtime
