#include "runtime/memory.h"

#include <fstream>
#include <string>

namespace runtime {

double share_of_memory_available() {
  std::ifstream file("/proc/meminfo");
  std::string name, unit;
  double size = 0, total = 0, available = -1;
  while (file >> name >> size && std::getline(file, unit)) {
    if (name == "MemTotal:") total = size;
    if (name == "MemAvailable:") {
      available = size;
      break;
    }
  }
  return total > 0 && available >= 0 ? available / total : 1;
}

}  // namespace runtime
