#include "server/outside.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "base/strings.h"
#include "http/client.h"

namespace server {

namespace {

constexpr int kOutsideThreads = 2;
constexpr std::chrono::milliseconds kOutsidePatience{5'000};
constexpr std::size_t kAnswerBytesMax = std::size_t{1} << 20;

struct Address {
  std::string text;  // numeric
  bool is_loopback = false;
};

struct Url {
  bool is_secure = false;
  std::string authority;  // for the Host field
  std::string host;
  std::uint16_t port = 0;
  std::string target;
};

std::optional<Url> parse_url(std::string_view text) {
  Url url;
  if (text.starts_with("https://"))
    url.is_secure = true;
  else if (!text.starts_with("http://"))
    return std::nullopt;
  text.remove_prefix(url.is_secure ? 8 : 7);
  std::size_t path = std::min(text.find_first_of("/?#"), text.size());
  std::string_view host = text.substr(0, path);
  url.authority = host;
  url.target = text.substr(path, text.find('#', path) - path);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  std::size_t colon = host.rfind(':');
  bool has_port = colon != host.npos && host.find(']', colon) == host.npos;
  url.port = url.is_secure ? 443 : 80;
  if (has_port) {
    auto port = base::parse_number<std::uint16_t>(host.substr(colon + 1));
    if (!port) return std::nullopt;
    url.port = *port;
    host = host.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  url.host = host;
  bool is_plain = std::ranges::none_of(text, [](char c) { return c <= ' ' || c == '@' || c == '\x7f'; });
  if (url.host.empty() || !is_plain) return std::nullopt;
  return url;
}

std::vector<Address> addresses_of(const std::string& host) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &wanted, &found) != 0) return {};
  std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> guard(found, ::freeaddrinfo);
  std::vector<Address> addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    char text[INET6_ADDRSTRLEN] = {};
    if (entry->ai_family == AF_INET) {
      const auto* name = reinterpret_cast<const sockaddr_in*>(entry->ai_addr);
      ::inet_ntop(AF_INET, &name->sin_addr, text, sizeof text);
      addresses.push_back({text, (ntohl(name->sin_addr.s_addr) >> 24) == 127});
    } else if (entry->ai_family == AF_INET6) {
      const auto* name = reinterpret_cast<const sockaddr_in6*>(entry->ai_addr);
      ::inet_ntop(AF_INET6, &name->sin6_addr, text, sizeof text);
      addresses.push_back({text, IN6_IS_ADDR_LOOPBACK(&name->sin6_addr) != 0});
    }
  }
  return addresses;
}

base::Result<http::Answer> exchange_with(const Address& address, const Url& url,
                                         const kernel::OutboundRequest& wanted) {
  http::Client client =
      TRY(http::Client::connect({.address = address.text,
                                 .port = url.port,
                                 .patience = kOutsidePatience,
                                 .tls = url.is_secure ? http::ClientOptions::Tls::kYes : http::ClientOptions::Tls::kNo,
                                 .trust = http::ClientOptions::Trust::kMachine,
                                 .thumbprints = wanted.thumbprints,
                                 .server_name = url.host}));
  http::Request request;
  request.method = wanted.method;
  request.target = url.target;
  request.headers.add("Host", url.authority);
  request.headers.add("Connection", "close");
  for (const auto& [name, value] : wanted.headers) request.headers.add(name, value);
  request.body = wanted.body;
  return client.call(request);
}

kernel::OutboundAnswer send_now(const kernel::OutboundRequest& wanted, Outside::Reach reach) {
  auto url = parse_url(wanted.url);
  if (!url) return {.problem = "The URL is not valid."};
  std::string problem = "The name of the server is not known.";
  for (const Address& address : addresses_of(url->host)) {
    if (!address.is_loopback && (reach == Outside::Reach::kThisMachine || !url->is_secure)) {
      problem = url->is_secure ? "Virga runs offline." : "Only this machine is spoken to without TLS.";
      continue;
    }
    auto answer = exchange_with(address, *url, wanted);
    if (!answer) {
      problem = answer.error().message;
      continue;
    }
    if (answer->body.size() > kAnswerBytesMax) return {.problem = "The answer is too long."};
    return {.status = answer->status, .body = std::move(answer->body)};
  }
  return {.problem = std::move(problem)};
}

}  // namespace

Outside::Outside(Reach reach) : reach_(reach), jobs_(kOutsideThreads) {}

void Outside::send(kernel::OutboundRequest request, Done done) {
  auto told = std::make_shared<Done>(std::move(done));
  bool is_taken = jobs_.run([this, request = std::move(request), told] { (*told)(send_now(request, reach_)); });
  if (!is_taken) (*told)({.problem = "The server is stopping."});
}

}  // namespace server
