// The load of the benchmarks: one thread, some connections, each sending its next request as soon as the last one is
// answered. Prints what it saw as one line of JSON. tools/bench.py starts servers and this against them.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "base/strings.h"
#include "bench/requests.h"

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;

struct Connection {
  int socket = -1;
  std::size_t step = 0;
  std::string answer;  // as far as it has come
  Clock::time_point asked;
};

// The length of the body, as the head of an answer says it; nothing when it does not.
std::optional<std::size_t> body_length(std::string_view head) {
  for (std::string_view line : base::split(head, '\n')) {
    std::size_t colon = line.find(':');
    if (colon == line.npos || !base::equal_ignoring_case(line.substr(0, colon), "content-length")) continue;
    std::size_t length = 0;
    std::string_view number = base::trim(line.substr(colon + 1));
    std::from_chars(number.data(), number.data() + number.size(), length);
    return length;
  }
  return std::nullopt;
}

// The body of a whole answer; nothing before all of it is there.
std::optional<std::string_view> body_of(const std::string& answer) {
  std::size_t head_end = answer.find("\r\n\r\n");
  if (head_end == answer.npos) return std::nullopt;
  auto length = body_length(std::string_view(answer).substr(0, head_end));
  if (!length) die("an answer without Content-Length: " + answer);
  if (answer.size() < head_end + 4 + *length) return std::nullopt;
  return std::string_view(answer).substr(head_end + 4, *length);
}

bool is_success(const std::string& answer) { return answer.starts_with("HTTP/1.1 200"); }

double processor_seconds_of(int process) {
  if (process == 0) return 0;
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string text(std::istreambuf_iterator<char>(file), {});
  text.erase(0, text.rfind(')') + 1);
  unsigned long user = 0, system = 0;
  std::sscanf(text.c_str(), " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
  return double(user + system) / double(::sysconf(_SC_CLK_TCK));
}

class Load {
 public:
  explicit Load(const Options& options)
      : options_(options), script_(make_script(options)), connections_(std::size_t(options.connections)) {}

  void run() {
    epoll_ = ::epoll_create1(0);
    prepare();
    for (Connection& connection : connections_) connect(connection);
    processor_before_ = processor_seconds_of(options_.server_process);
    began_ = Clock::now();
    for (Connection& connection : connections_) ask(connection, "");
    std::array<epoll_event, 256> events;
    while (!is_over()) {
      int count = ::epoll_wait(epoll_, events.data(), int(events.size()), 100);
      for (int i = 0; i < count; ++i) read(*static_cast<Connection*>(events[std::size_t(i)].data.ptr));
    }
    report();
  }

 private:
  // On a connection of its own, one after another.
  void prepare() {
    Connection connection;
    connect(connection);
    for (std::size_t i = 0; i < script_.preparation.size(); ++i) {
      std::string answer = exchange(connection, script_.preparation[i]);
      if (i + 1 == script_.preparation.size() && script_.steps_after) script_.steps = script_.steps_after(answer);
      if (!is_success(answer) && !(i == 0 && answer.find("ResourceInUseException") != answer.npos))
        die("preparation refused: " + answer);
      if (i == 0) await_readiness(connection);
    }
    ::close(connection.socket);
  }

  void await_readiness(Connection& connection) {
    if (script_.readiness.empty()) return;
    while (exchange(connection, script_.readiness).find("\"ACTIVE\"") == std::string::npos) ::usleep(10'000);
  }

  std::string exchange(Connection& connection, const std::string& request) {
    connection.answer.clear();
    if (::send(connection.socket, request.data(), request.size(), MSG_NOSIGNAL) != ssize_t(request.size()))
      die("a request was cut short");
    while (!body_of(connection.answer)) {
      ssize_t got = ::recv(connection.socket, buffer_.data(), buffer_.size(), 0);
      if (got <= 0) die("the server hung up");
      connection.answer.append(buffer_.data(), std::size_t(got));
    }
    return connection.answer;
  }

  void connect(Connection& connection) {
    connection.socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{
        .sin_family = AF_INET, .sin_port = htons(options_.port), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    if (::connect(connection.socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      die(std::string("no connection: ") + std::strerror(errno));
    int yes = 1;
    ::setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &connection}};
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.socket, &event);
  }

  void ask(Connection& connection, std::string_view last_answer) {
    std::string_view request = script_.steps[connection.step](last_answer);
    connection.step = (connection.step + 1) % script_.steps.size();
    connection.asked = Clock::now();
    // A long request fills the socket's buffers; the answer of S3 comes after its last byte only.
    if (::send(connection.socket, request.data(), request.size(), MSG_NOSIGNAL) != ssize_t(request.size()))
      die("a request was cut short");
  }

  void read(Connection& connection) {
    ssize_t got = ::recv(connection.socket, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) die("the server hung up");
    connection.answer.append(buffer_.data(), std::size_t(got));
    auto body = body_of(connection.answer);
    if (!body) return;
    if (!is_success(connection.answer)) die("refused: " + connection.answer);
    auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - connection.asked);
    took_us_.push_back(std::uint32_t(took.count()));
    ask(connection, *body);
    connection.answer.clear();
  }

  bool is_over() const {
    if (options_.count > 0) return std::cmp_greater_equal(took_us_.size(), options_.count);
    return Clock::now() - began_ >= std::chrono::duration<double>(options_.seconds);
  }

  void report() {
    double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
    double processor = processor_seconds_of(options_.server_process) - processor_before_;
    std::size_t count = took_us_.size();
    auto percentile = [&](double share) -> unsigned {
      if (count == 0) return 0;
      auto place = took_us_.begin() + std::ptrdiff_t(double(count - 1) * share);
      std::nth_element(took_us_.begin(), place, took_us_.end());
      return *place;
    };
    rusage own{};
    ::getrusage(RUSAGE_SELF, &own);
    double own_seconds =
        double(own.ru_utime.tv_sec + own.ru_stime.tv_sec) + double(own.ru_utime.tv_usec + own.ru_stime.tv_usec) / 1e6;
    std::printf(
        "{\"requests\":%zu,\"seconds\":%.4f,\"per_second\":%.1f,\"p50_us\":%u,\"p99_us\":%u,\"server_us\":%.3f,"
        "\"server_busy\":%.3f,"
        "\"load_busy\":%.3f}\n",
        count, seconds, double(count) / seconds, percentile(0.5), percentile(0.99),
        count ? processor * 1e6 / double(count) : 0.0, processor / seconds, own_seconds / seconds);
  }

  const Options& options_;
  Script script_;
  std::vector<Connection> connections_;
  int epoll_ = -1;
  double processor_before_ = 0;
  Clock::time_point began_;
  std::vector<std::uint32_t> took_us_;
  std::array<char, 64 * 1024> buffer_;
};

}  // namespace

}  // namespace bench

int main(int argument_count, char** arguments) {
  bench::Options options;
  CLI::App app{"The load of Virga's benchmarks; credentials come from the environment."};
  app.add_option("mode", options.mode, "One of: " + bench::mode_names())->required();
  app.add_option("--port", options.port);
  app.add_option("--queue", options.queue, "Name of the queue, which is made when it is not there");
  app.add_option("--table", options.table, "Name of the table, which is made when it is not there");
  app.add_option("--function", options.function, "Name of the function to invoke");
  app.add_option("--user", options.user, "Name of an IAM user that is made");
  app.add_option("--item-bytes", options.item_bytes);
  app.add_option("--keys", options.keys, "Different items");
  app.add_option("--bucket", options.bucket, "Name of the bucket, which is made when it is not there");
  app.add_option("--object-bytes", options.object_bytes);
  app.add_option("--items", options.items, "Items that are in the table already, to spread the keys over");
  app.add_option("--connections", options.connections);
  app.add_option("--seconds", options.seconds);
  app.add_option("--count", options.count, "Stop after so many requests instead");
  app.add_option("--body-bytes", options.body_bytes);
  app.add_option("--server-process", options.server_process, "Report the processor time of this process");
  CLI11_PARSE(app, argument_count, arguments);
  if (!bench::run_raw(options)) bench::Load(options).run();
}
