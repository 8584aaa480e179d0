#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/engine.h"

namespace server {

// What `virga start` can be told, by option or by environment. Options win.
struct Options {
  std::vector<std::string> hosts = {"127.0.0.1", "::1"};
  std::uint16_t port = 4566;
  std::string data_folder;  // empty: keep nothing (--ephemeral)
  store::Durability durability = store::Durability::kOs;
  std::string host_name;  // --hostname: a further name for this machine in URLs and certificates
  int threads = 0;        // 0: half the machine's cores, 1 to 8
  bool strict = false;
  std::string log_levels = "info";  // "info,sqs=debug"
  bool log_json = false;
  bool offline = false;                   // no requests to other machines
  std::string port_file;                  // where to write the port, once listening
  std::vector<std::string> services;      // ids; empty: all. The others answer NotImplemented
  std::vector<std::string> init_folders;  // folders with ready.d
  // Of functions.
  std::string isolation = "auto";           // or a tier: "isolated", "process"
  std::string lambda_runtimes = "exact";    // or "nearest": which version of an interpreter will do
  std::vector<std::string> lambda_runtime;  // "python3.12=/path"
  std::string lambda_cpu = "unlimited";     // or "by-memory"
  int lambda_spares = 4;                    // interpreters started ahead
  std::string path, home;                   // where interpreters are looked for: PATH and HOME
  // Where the key is under which secrets are kept (root_key.h); none: in the data folder.
  std::string root_key_file;
  std::string root_passphrase_file;
  std::string root_passphrase;  // from the environment only
};

// Reads one environment variable; nothing when it is not set.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;

// The defaults with what the environment says: GATEWAY_LISTEN, EDGE_PORT, PERSISTENCE, SERVICES, DEBUG, LS_LOG,
// LOCALSTACK_HOST, PATH, HOME, VIRGA_DATA, VIRGA_OFFLINE, VIRGA_ROOT_PASSPHRASE.
// Errors name the variable and what it may hold.
base::Result<Options> options_from(const Environment& environment);

// "os", "disk" or "none".
base::Result<store::Durability> parse_durability(std::string_view text);

// The folder used without --data: $XDG_DATA_HOME/virga or ~/.local/share/virga.
std::string default_data_folder(const Environment& environment);

}  // namespace server
