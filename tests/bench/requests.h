#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

// What the load says: per mode the requests that prepare the server, and the steps each connection repeats.
namespace bench {

struct Options {
  std::string mode;
  std::uint16_t port = 4566;
  std::string queue = "bench";  // made when it is not there
  std::string table = "bench";  // likewise
  std::string user = "bench";   // an IAM user, likewise
  std::string function = "bench";  // there already
  int connections = 64;
  double seconds = 2;
  std::int64_t count = 0;            // requests to send instead of a time
  int body_bytes = 300;              // of a message
  int item_bytes = 400;              // of an item, as DynamoDB counts them
  int keys = 4'096;                  // different items or objects that a mode writes or reads
  std::int64_t items = 0;            // in the table already; the keys are spread over them
  std::string bucket = "bench";      // made when it is not there
  std::size_t object_bytes = 1'024;  // of an object
  int server_process = 0;            // whose processor time to report
};

// The next request of a step, given what the connection was answered last ("" at first). The view holds until the next
// call.
using Step = std::function<std::string_view(std::string_view last_answer)>;

struct Script {
  // Sent one after another before anything is measured; each may be refused (the table is there already).
  std::vector<std::string> preparation;
  // Sent until the answer says ACTIVE; empty: nothing to wait for.
  std::string readiness;
  std::vector<Step> steps;
  // Makes the steps where they depend on what the last preparation was answered; else empty.
  std::function<std::vector<Step>(std::string_view answer)> steps_after;
};

// Signs with the credentials of the environment. Ends the program when there is no such mode.
Script make_script(const Options& options);

// The modes of S3 (objects.cc); whether there is such a mode.
bool make_object_script(const Options& options, Script& script);
std::string object_mode_names();
// Runs a mode that needs no server; whether there is such a mode.
bool run_raw(const Options& options);

// Their names, for --help.
std::string mode_names();

[[noreturn]] void die(const std::string& why);

}  // namespace bench
