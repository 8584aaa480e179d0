#include "aws/dax.h"

#include <charconv>

#include "base/strings.h"

namespace aws::dax {

namespace {

constexpr std::string_view kMark = ".dax-clusters.";

// The host in "https://host:443"; and what follows it.
struct Authority {
  std::string_view scheme, host, port;
};

Authority authority_of(std::string_view base_url) {
  Authority found;
  const std::size_t scheme_end = base_url.find("://");
  if (scheme_end == std::string_view::npos) return found;
  found.scheme = base_url.substr(0, scheme_end);
  std::string_view rest = base_url.substr(scheme_end + 3);
  const std::size_t colon = rest.rfind(':');
  found.host = rest.substr(0, colon);
  if (colon != std::string_view::npos) found.port = rest.substr(colon + 1);
  return found;
}

}  // namespace

std::optional<Cache> find_cache(Call& call) {
  if (call.request.base_url.find(kMark) == std::string::npos) return std::nullopt;
  const std::string_view host = authority_of(call.request.base_url).host;
  const auto parts = base::split(host.substr(0, host.find(kMark)), '.');
  if (parts.size() != 2) return std::nullopt;
  auto cache = call.tx.at(call.place).get(kCaches, parts[0]);
  if (!cache || cache->id != parts[1] || cache->ready_ms > call.now_ms()) return std::nullopt;
  return cache;
}

Endpoint endpoint_of(std::string_view cluster, std::string_view id, std::string_view region,
                     std::string_view base_url) {
  const Authority reached = authority_of(base_url);
  std::string_view host = reached.host;
  // Clients that already talk to the endpoint of a cluster.
  if (const std::size_t mark = host.find(kMark); mark != std::string_view::npos) {
    host.remove_prefix(mark + kMark.size());
    host.remove_prefix(std::min(host.find('.') + 1, host.size()));
  }
  Endpoint endpoint;
  const bool is_address = !host.empty() && host.find_first_not_of("0123456789.") == std::string_view::npos;
  endpoint.address.append(cluster).append(".").append(id).append(kMark).append(region).append(".");
  endpoint.address.append(is_address || host.empty() ? "localhost" : host);
  endpoint.port = reached.scheme == "https" ? 443 : 80;
  std::from_chars(reached.port.data(), reached.port.data() + reached.port.size(), endpoint.port);
  endpoint.url.append(reached.scheme).append("://").append(endpoint.address);
  endpoint.url.append(":").append(std::to_string(endpoint.port));
  return endpoint;
}

}  // namespace aws::dax
