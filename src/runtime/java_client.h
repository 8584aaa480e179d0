#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace runtime {

// AWS's own client of the Runtime API for Java, which is part of the program: an archive of jars and of the library
// that they speak to the API with. tools/pack_java_client.py makes it.
std::string_view java_client_archive();

struct JavaLaunch {
  std::string java;           // the program
  std::string version;        // "17.0.15"
  std::string client_folder;  // of the unpacked archive, as the sandbox sees it
  std::string layers_folder;  // what AWS has at /opt, likewise
  std::string handler;
  std::string own_options;       // JAVA_TOOL_OPTIONS of the function: options of ours that it names are left to it
  std::string temporary_folder;  // empty: /tmp
  int memory_mb = 128;
};

// The command that runs a function as AWS does: the same heap, collector and compiler.
std::vector<std::string> java_command(const JavaLaunch& launch);

}  // namespace runtime
