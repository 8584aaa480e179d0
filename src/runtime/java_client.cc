#include "runtime/java_client.h"

#include <fmt/format.h>

#include "base/strings.h"

// In the archive's generated source.
extern "C" const char virga_java_client_begin[];
extern "C" const char virga_java_client_end[];

namespace runtime {

namespace {

constexpr std::string_view kJars[] = {"aws-lambda-java-core.jar", "aws-lambda-java-serialization.jar",
                                      "aws-lambda-java-runtime-interface-client.jar", "utils-lite.jar"};
constexpr std::string_view kLibraryProperty =
    "-Dcom.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient.JNI=";
constexpr std::string_view kMainClass = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda";

std::string class_path(const JavaLaunch& launch) {
  std::string path;
  for (std::string_view jar : kJars) path += fmt::format("{}{}/{}", path.empty() ? "" : ":", launch.client_folder, jar);
  // The client looks below /opt itself, and only there.
  if (launch.layers_folder != "/opt") path += fmt::format(":{}/java/lib/*", launch.layers_folder);
  return path;
}

}  // namespace

std::string_view java_client_archive() { return {virga_java_client_begin, virga_java_client_end}; }

std::vector<std::string> java_command(const JavaLaunch& launch) {
  // What the command line says wins over JAVA_TOOL_OPTIONS, which is where functions say otherwise.
  constexpr std::int64_t kHeapPercent = 85;
  struct Option {
    std::string_view name;
    std::string text;
  };
  const Option options[] = {
      {"HeapSize", fmt::format("-XX:MaxHeapSize={}k", std::int64_t{launch.memory_mb} * 1024 * kHeapPercent / 100)},
      {"GC", "-XX:+UseSerialGC"},
      {"TieredStopAtLevel", "-XX:TieredStopAtLevel=1"},
      {"UsePerfData", "-XX:-UsePerfData"},
      {"-Xshare", "-Xshare:auto"},
  };
  std::vector<std::string> command = {launch.java};
  for (const Option& option : options)
    if (launch.own_options.find(option.name) == std::string::npos) command.push_back(option.text);
  // The client makes a descriptor from a number; later versions warn of its library and of how it finds its fields.
  std::int64_t version = base::parse_number(base::split(launch.version, '.').front()).value_or(0);
  if (version >= 9) command.emplace_back("--add-opens=java.base/java.io=ALL-UNNAMED");
  if (version >= 23) command.emplace_back("--sun-misc-unsafe-memory-access=allow");
  if (version >= 24) command.emplace_back("--enable-native-access=ALL-UNNAMED");
  if (!launch.temporary_folder.empty()) command.push_back("-Djava.io.tmpdir=" + launch.temporary_folder);
  command.push_back(fmt::format("{}{}/libaws-lambda-jni.so", kLibraryProperty, launch.client_folder));
  command.insert(command.end(), {"-cp", class_path(launch), std::string(kMainClass), launch.handler});
  return command;
}

}  // namespace runtime
