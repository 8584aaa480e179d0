#include "http/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <future>

#include "http/worker.h"

namespace http {

namespace {

struct ListenAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

std::optional<ListenAddress> parse_address(const std::string& host, std::uint16_t port) {
  ListenAddress address;
  auto& four = reinterpret_cast<sockaddr_in&>(address.storage);
  if (::inet_pton(AF_INET, host.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    address.size = sizeof(sockaddr_in);
    return address;
  }
  auto& six = reinterpret_cast<sockaddr_in6&>(address.storage);
  if (::inet_pton(AF_INET6, host.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    address.size = sizeof(sockaddr_in6);
    return address;
  }
  return std::nullopt;
}

base::Error listen_error(const std::string& host, std::uint16_t port, int number) {
  std::string code = "NotListening";
  if (number == EADDRINUSE) code = "AddressInUse";
  if (number == EADDRNOTAVAIL || number == EAFNOSUPPORT) code = "AddressNotAvailable";
  if (number == EACCES) code = "PortNotAllowed";
  return {code, fmt::format("Cannot listen on {} port {}: {}.", host, port, std::strerror(number))};
}

// An open, listening, non-blocking socket.
base::Result<int> listen_on(const std::string& host, std::uint16_t port) {
  auto address = parse_address(host, port);
  if (!address) return base::fail("AddressNotValid", fmt::format("{} is not a numeric address.", host));
  int descriptor = ::socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return std::unexpected(listen_error(host, port, errno));
  int yes = 1;
  // Lets a restart take the port while old connections linger; two listeners on it stay impossible.
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (address->storage.ss_family == AF_INET6) ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
  constexpr int kBacklog = 4096;
  const auto* name = reinterpret_cast<const sockaddr*>(&address->storage);
  if (::bind(descriptor, name, address->size) != 0 || ::listen(descriptor, kBacklog) != 0) {
    int number = errno;
    ::close(descriptor);
    return std::unexpected(listen_error(host, port, number));
  }
  return descriptor;
}

std::uint16_t port_of(int descriptor) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &size);
  if (storage.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(storage).sin_port);
  return ntohs(reinterpret_cast<const sockaddr_in6&>(storage).sin6_port);
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

// Hands the sockets that come in to the workers in turn; lives on the first worker's loop.
class Server::Acceptor final : private Loop::Watcher {
 public:
  Acceptor(Server& server, int descriptor) : server_(server), descriptor_(descriptor) {}
  ~Acceptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  base::Result<void> start() { return loop().watch(descriptor_, EPOLLIN, *this); }
  void stop() {
    loop().cancel(pause_);
    loop().unwatch(descriptor_);
    ::close(std::exchange(descriptor_, -1));
  }

 private:
  Loop& loop() { return server_.workers_.front()->loop(); }

  void on_ready(std::uint32_t) override {
    if (descriptor_ < 0) return;  // stopped in this turn
    constexpr int kAcceptsPerTurn = 64;
    for (int count = 0; count < kAcceptsPerTurn; ++count) {
      if (server_.connection_count() >= server_.options_.limits.connections) return pause();
      int accepted = ::accept4(descriptor_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (accepted >= 0) {
        hand_over(accepted);
        continue;
      }
      if (errno == EAGAIN || errno == EWOULDBLOCK) return;
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) return pause();
      // What remains is about that one connection, which is gone already.
    }
  }

  void hand_over(int accepted) {
    Worker& worker = *server_.workers_[next_++ % server_.workers_.size()];
    if (&worker.loop() == &loop())
      worker.adopt(accepted);
    else
      worker.loop().post([&worker, accepted] { worker.adopt(accepted); });
  }

  // The socket stays ready while nothing more can be accepted, so it is left alone for a while.
  void pause() {
    loop().change(descriptor_, 0, *this);
    pause_ = loop().post_after(std::chrono::milliseconds(50), [this] { loop().change(descriptor_, EPOLLIN, *this); });
  }

  Server& server_;
  int descriptor_;
  std::size_t next_ = 0;
  Loop::TimerId pause_;
};

Server::Server(ServerOptions options, Handler& handler) : options_(std::move(options)), handler_(handler) {}

Server::~Server() { stop(std::chrono::milliseconds(0)); }

base::Result<void> Server::listen() {
  assert(!is_running_ && workers_.empty());
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  std::vector<std::string> hosts;
  for (const std::string& host : options_.hosts) {
    if (host == "localhost")
      hosts.insert(hosts.end(), {"127.0.0.1", "::1"});
    else
      hosts.push_back(host);
  }
  auto tls = std::make_shared<LazyTls>(options_);
  std::vector<std::unique_ptr<Worker>> workers;
  for (int count = 0; count < std::max(options_.loops, 1); ++count)
    workers.push_back(TRY(Worker::create(options_, handler_, tls)));
  std::vector<std::unique_ptr<Acceptor>> acceptors;
  std::uint16_t port = options_.port;
  for (const std::string& host : hosts) {
    auto descriptor = listen_on(host, port);
    bool is_optional = host == "::1" && !acceptors.empty();  // of "localhost", on machines without IPv6
    if (!descriptor && is_optional && descriptor.error().code == "AddressNotAvailable") continue;
    if (!descriptor) return std::unexpected(std::move(descriptor).error());
    acceptors.push_back(std::make_unique<Acceptor>(*this, *descriptor));
    port = port_of(*descriptor);
  }
  workers_ = std::move(workers);
  acceptors_ = std::move(acceptors);
  port_ = port;
  return {};
}

base::Result<void> Server::start() {
  if (workers_.empty()) TRY_VOID(listen());
  for (auto& acceptor : acceptors_) TRY_VOID(acceptor->start());
  for (auto& worker : workers_) worker->start();
  is_running_ = true;
  return {};
}

void Server::stop(std::chrono::milliseconds patience) {
  if (!is_running_) return;
  is_running_ = false;
  std::promise<void> closed;
  workers_.front()->loop().post([&] {
    for (auto& acceptor : acceptors_) acceptor->stop();
    for (auto& [port, acceptor] : added_) acceptor->stop();
    closed.set_value();
  });
  closed.get_future().wait();
  auto deadline = std::chrono::steady_clock::now() + patience;
  std::vector<std::future<void>> drained;
  for (auto& worker : workers_) drained.push_back(worker->drain());
  for (auto& each : drained) each.wait_until(deadline);
  for (auto& worker : workers_) worker->stop();
  acceptors_.clear();
  added_.clear();
}

base::Result<std::uint16_t> Server::add_listener(const std::string& host, std::uint16_t port) {
  return add_listener(TRY(listen_on(host, port)));
}

base::Result<std::uint16_t> Server::add_listener(int descriptor) {
  assert(is_running_);
  ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
  std::uint16_t port = port_of(descriptor);
  auto acceptor = std::make_shared<Acceptor>(*this, descriptor);
  if (port == 0) return base::fail("NotListening", "That is no socket that listens.");
  workers_.front()->loop().post([this, port, acceptor] {
    if (acceptor->start()) added_[port] = acceptor;
  });
  return port;
}

void Server::remove_listener(std::uint16_t port) {
  workers_.front()->loop().post([this, port] {
    auto found = added_.find(port);
    if (found == added_.end()) return;
    found->second->stop();
    // The loop may still tell it of this turn's events.
    workers_.front()->loop().post([gone = std::move(found->second)] {});
    added_.erase(found);
    for (auto& worker : workers_) {
      if (worker == workers_.front())
        worker->close_port(port);
      else
        worker->loop().post([&worker = *worker, port] { worker.close_port(port); });
    }
  });
}

std::size_t Server::loop_count() const { return workers_.size(); }

Loop& Server::loop(std::size_t index) { return workers_[index]->loop(); }

std::size_t Server::connection_count() const {
  std::size_t count = 0;
  for (const auto& worker : workers_) count += worker->connection_count();
  return count;
}

}  // namespace http
