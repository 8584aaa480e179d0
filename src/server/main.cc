#include "server/command_line.h"

int main(int argument_count, char** arguments) { return server::run_command_line(argument_count, arguments); }
