#include "runtime/spawner.h"
#include "server/command_line.h"

int main(int argument_count, char** arguments) {
  // Started by a running cloud, to start processes for it.
  if (auto exit_code = runtime::run_as_spawner(argument_count, arguments)) return *exit_code;
  return server::run_command_line(argument_count, arguments);
}
