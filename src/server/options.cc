#include "server/options.h"

#include "base/strings.h"

namespace server {

namespace {

bool is_yes(std::string_view text) {
  return text == "1" || base::equal_ignoring_case(text, "true") || base::equal_ignoring_case(text, "yes");
}

base::Result<std::uint16_t> parse_port(std::string_view name, std::string_view text) {
  auto port = base::parse_number<std::uint16_t>(text);
  if (!port)
    return base::fail("InvalidOption", fmt::format("{} must end in a port from 0 to 65535, not \"{}\".", name, text));
  return *port;
}

// GATEWAY_LISTEN: "0.0.0.0:4566", ":4566", "127.0.0.1", several separated by commas; one port for all.
base::Result<void> read_listen(std::string_view text, Options& options) {
  options.hosts.clear();
  for (std::string_view part : base::split(text, ',')) {
    part = base::trim(part);
    std::size_t colon = part.rfind(':');
    bool has_port = colon != part.npos && part.find(']', colon) == part.npos;
    if (has_port) options.port = TRY(parse_port("GATEWAY_LISTEN", part.substr(colon + 1)));
    std::string_view host = has_port ? part.substr(0, colon) : part;
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    options.hosts.emplace_back(host.empty() ? "0.0.0.0" : host);
  }
  return {};
}

}  // namespace

base::Result<store::Durability> parse_durability(std::string_view text) {
  if (text == "os") return store::Durability::kOs;
  if (text == "disk") return store::Durability::kDisk;
  if (text == "none") return store::Durability::kNone;
  return base::fail("InvalidOption", fmt::format("The durability is os, disk or none, not \"{}\".", text));
}

std::string default_data_folder(const Environment& environment) {
  if (auto folder = environment("XDG_DATA_HOME"); folder && !folder->empty()) return *folder + "/virga";
  return environment("HOME").value_or("/var/lib") + "/.local/share/virga";
}

base::Result<Options> options_from(const Environment& environment) {
  Options options;
  options.data_folder = environment("VIRGA_DATA").value_or(default_data_folder(environment));
  options.init_folders = {"/etc/localstack/init"};
  options.path = environment("PATH").value_or("");
  options.home = environment("HOME").value_or("");
  if (auto port = environment("EDGE_PORT")) options.port = TRY(parse_port("EDGE_PORT", *port));
  if (auto listen = environment("GATEWAY_LISTEN"); listen && !listen->empty()) TRY_VOID(read_listen(*listen, options));
  if (auto persistence = environment("PERSISTENCE"); persistence && !is_yes(*persistence)) options.data_folder.clear();
  if (auto services = environment("SERVICES"); services && !services->empty())
    for (std::string_view id : base::split(*services, ',')) options.services.emplace_back(base::trim(id));
  if (auto host = environment("LOCALSTACK_HOST")) options.host_name = host->substr(0, host->rfind(':'));
  if (auto debug = environment("DEBUG"); debug && is_yes(*debug)) options.log_levels = "debug";
  if (auto offline = environment("VIRGA_OFFLINE"); offline && is_yes(*offline)) options.offline = true;
  options.root_passphrase = environment("VIRGA_ROOT_PASSPHRASE").value_or("");
  if (auto levels = environment("LS_LOG"); levels && !levels->empty()) options.log_levels = *levels;
  return options;
}

}  // namespace server
