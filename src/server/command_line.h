#pragma once

namespace server {

// The `virga` command. Answers the exit code: 0 done, 1 it could not be done (the reason is on standard error), 2 wrong
// usage, 3 no cloud is running where it was looked for.
int run_command_line(int argument_count, char** arguments);

}  // namespace server
