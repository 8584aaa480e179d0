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
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "auth/sign.h"
#include "base/bytes.h"

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string mode;
  std::uint16_t port = 4566;
  std::string queue = "bench";  // made when it is not there
  int connections = 64;
  double seconds = 2;
  std::int64_t count = 0;  // requests to send instead of a time
  int body_bytes = 300;
  int server_process = 0;  // whose processor time to report
};

[[noreturn]] void die(const std::string& why) {
  std::fprintf(stderr, "virga_bench: %s\n", why.c_str());
  std::exit(1);
}

// --- requests
// --------------------------------------------------------------------------------------------------------------------

// Makes whole requests, signed with the credentials of the environment.
class Requests {
 public:
  explicit Requests(const Options& options)
      : options_(options),
        host_("127.0.0.1:" + std::to_string(options.port)),
        queue_url_("http://" + host_ + "/000000000000/" + options.queue) {
    auto variable = [](const char* name) { return std::string(std::getenv(name) ? std::getenv(name) : ""); };
    credentials_ = {variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"), variable("AWS_SESSION_TOKEN")};
  }

  std::string json(std::string_view operation, const std::string& body) const {
    return make("sqs", body,
                {{"Host", host_},
                 {"Content-Type", "application/x-amz-json-1.0"},
                 {"X-Amz-Target", "AmazonSQS." + std::string(operation)}});
  }
  std::string query(std::string_view service, const std::string& body) const {
    return make(service, body, {{"Host", host_}, {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}});
  }

  std::string create_queue() const { return json("CreateQueue", R"({"QueueName":")" + options_.queue + "\"}"); }
  std::string send() const { return json("SendMessage", queue_member() + R"(,"MessageBody":")" + text() + "\"}"); }
  std::string send_query() const {
    return query("sqs", "Action=SendMessage&Version=2012-11-05&QueueUrl=" + base::percent_encode(queue_url_) +
                            "&MessageBody=" + text());
  }
  std::string send_batch() const {
    std::string body = queue_member() + R"(,"Entries":[)";
    for (int i = 0; i < 10; ++i)
      body += (i ? "," : "") + std::string(R"({"Id":")") + std::to_string(i) + R"(","MessageBody":")" + text() + "\"}";
    return json("SendMessageBatch", body + "]}");
  }
  std::string receive(int wait_seconds) const {
    return json("ReceiveMessage", queue_member() + R"(,"WaitTimeSeconds":)" + std::to_string(wait_seconds) + "}");
  }
  std::string remove(std::string_view handle) const {
    return json("DeleteMessage", queue_member() + R"(,"ReceiptHandle":")" + std::string(handle) + "\"}");
  }
  std::string caller_identity() const { return query("sts", "Action=GetCallerIdentity&Version=2011-06-15"); }

 private:
  std::string queue_member() const { return R"({"QueueUrl":")" + queue_url_ + "\""; }
  std::string text() const { return std::string(std::size_t(options_.body_bytes), 'm'); }

  std::string make(std::string_view service, const std::string& body,
                   std::vector<std::pair<std::string, std::string>> fields) const {
    auto now = std::chrono::system_clock::now().time_since_epoch();
    std::vector<auth::Header> headers;
    for (const auto& [name, value] : fields) headers.push_back({name, value});
    auto added = auth::sign_header({.method = "POST", .path = "/", .query = "", .headers = headers}, credentials_,
                                   {.region = "us-east-1",
                                    .service = std::string(service),
                                    .time_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count(),
                                    .payload_hash = base::to_hex(base::sha256(body))});
    std::string request = "POST / HTTP/1.1\r\n";
    for (const auto* some : {&fields, &added})
      for (const auto& [name, value] : *some) request.append(name).append(": ").append(value).append("\r\n");
    return request + "User-Agent: virga_bench\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  const Options& options_;
  std::string host_, queue_url_;
  auth::Credentials credentials_;
};

// What a connection says next, given what it was answered last ("" at first). The view holds until the next call.
class Script {
 public:
  explicit Script(const Options& options) : requests_(options) {
    std::map<std::string_view, std::vector<Step>> modes = {{"send", {Step::kSend}},
                                                           {"send-query", {Step::kSendQuery}},
                                                           {"fill", {Step::kFill}},
                                                           {"park", {Step::kPark}},
                                                           {"receive-delete", {Step::kReceive, Step::kDelete}},
                                                           {"cycle", {Step::kSend, Step::kReceive, Step::kDelete}},
                                                           {"caller-identity", {Step::kIdentity}}};
    auto found = modes.find(options.mode);
    if (found == modes.end()) die("no mode " + options.mode);
    steps_ = found->second;
    fixed_ = {requests_.send(),           requests_.send_query(), requests_.send_batch(),
              requests_.receive(20),      requests_.receive(0),   "",
              requests_.caller_identity()};
  }

  std::string create_queue() const { return requests_.create_queue(); }
  std::size_t step_count() const { return steps_.size(); }

  std::string_view next(std::size_t step, std::string_view last_answer) {
    Step now = steps_[step];
    if (now != Step::kDelete) return fixed_[std::size_t(now)];
    constexpr std::string_view kName = R"("ReceiptHandle":")";
    std::size_t begin = last_answer.find(kName);
    if (begin == last_answer.npos) die("the queue ran dry: " + std::string(last_answer));
    last_answer.remove_prefix(begin + kName.size());
    made_ = requests_.remove(last_answer.substr(0, last_answer.find('"')));
    return made_;
  }

 private:
  enum class Step { kSend, kSendQuery, kFill, kPark, kReceive, kDelete, kIdentity };

  Requests requests_;
  std::vector<Step> steps_;
  std::array<std::string, 7> fixed_;  // by Step; made and signed once
  std::string made_;
};

// --- connections
// -----------------------------------------------------------------------------------------------------------------

struct Connection {
  int socket = -1;
  std::size_t step = 0;
  std::string answer;  // as far as it has come
  Clock::time_point asked;
};

// The body of a whole answer; nothing before all of it is there.
std::optional<std::string_view> body_of(const std::string& answer) {
  std::size_t head_end = answer.find("\r\n\r\n");
  if (head_end == answer.npos) return std::nullopt;
  constexpr std::string_view kName = "Content-Length: ";
  std::size_t at = answer.find(kName);
  if (at == answer.npos || at > head_end) die("an answer without Content-Length: " + answer);
  std::size_t length = 0;
  std::from_chars(answer.data() + at + kName.size(), answer.data() + head_end, length);
  if (answer.size() < head_end + 4 + length) return std::nullopt;
  if (!answer.starts_with("HTTP/1.1 200")) die("refused: " + answer);
  return std::string_view(answer).substr(head_end + 4, length);
}

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
      : options_(options), script_(options), connections_(std::size_t(options.connections)) {}

  void run() {
    epoll_ = ::epoll_create1(0);
    create_queue();
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
  void create_queue() {
    Connection connection;
    connect(connection);
    std::string request = script_.create_queue();
    if (::send(connection.socket, request.data(), request.size(), MSG_NOSIGNAL) < 0) die("no queue");
    while (!body_of(connection.answer)) {
      ssize_t got = ::recv(connection.socket, buffer_.data(), buffer_.size(), 0);
      if (got <= 0) die("the server hung up");
      connection.answer.append(buffer_.data(), std::size_t(got));
    }
    ::close(connection.socket);
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
    std::string_view request = script_.next(connection.step, last_answer);
    connection.step = (connection.step + 1) % script_.step_count();
    connection.asked = Clock::now();
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
  app.add_option("mode", options.mode, "send, send-query, fill, park, receive-delete, cycle or caller-identity")
      ->required();
  app.add_option("--port", options.port);
  app.add_option("--queue", options.queue, "Name of the queue, which is made when it is not there");
  app.add_option("--connections", options.connections);
  app.add_option("--seconds", options.seconds);
  app.add_option("--count", options.count, "Stop after so many requests instead");
  app.add_option("--body-bytes", options.body_bytes);
  app.add_option("--server-process", options.server_process, "Report the processor time of this process");
  CLI11_PARSE(app, argument_count, arguments);
  bench::Load(options).run();
}
