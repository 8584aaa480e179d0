#include "http/client.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <iterator>
#include <span>
#include <utility>

#include "base/bytes.h"
#include "base/strings.h"
#include "http/parser.h"

namespace http {

namespace {

constexpr std::size_t kLineBytes = 64 * 1024;
constexpr std::size_t kBodyBytes = std::size_t{1} << 30;

std::unexpected<base::Error> client_error(std::string message) {
  return base::fail("ConnectionFailed", std::move(message));
}

// Where systems keep the authorities they trust, besides where OpenSSL looks.
constexpr const char* kAuthorityFiles[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                           "/etc/ssl/cert.pem"};

void trust_machine(SSL_CTX* context) {
  SSL_CTX_set_default_verify_paths(context);
  for (const char* file : kAuthorityFiles) SSL_CTX_load_verify_locations(context, file, nullptr);
  ERR_clear_error();
}

std::string thumbprint_of(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash;
  unsigned size = 0;
  X509_digest(certificate, EVP_sha1(), hash.data(), &size);
  return base::to_hex({reinterpret_cast<const char*>(hash.data()), size});
}

// Whether the server showed a certificate for `name`, and a chain that is trusted.
bool is_trusted_server(SSL* tls, const std::string& name, const std::vector<std::string>& thumbprints) {
  STACK_OF(X509)* chain = SSL_get_peer_cert_chain(tls);
  if (chain == nullptr || sk_X509_num(chain) == 0) return false;
  X509* leaf = sk_X509_value(chain, 0);
  bool is_named =
      X509_check_ip_asc(leaf, name.c_str(), 0) == 1 || X509_check_host(leaf, name.data(), name.size(), 0, nullptr) == 1;
  if (!is_named) return false;
  if (SSL_get_verify_result(tls) == X509_V_OK) return true;
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    std::string shown = thumbprint_of(sk_X509_value(chain, i));
    for (const std::string& trusted : thumbprints)
      if (base::equal_ignoring_case(shown, trusted)) return true;
  }
  return false;
}

}  // namespace

// The socket and what speaks through it. Non-blocking underneath, so that each call can keep to its time.
struct Client::Wire {
  int descriptor = -1;
  SSL_CTX* context = nullptr;
  SSL* tls = nullptr;
  std::string server_name;
  std::chrono::milliseconds patience{};
  std::chrono::steady_clock::time_point deadline;

  ~Wire() {
    SSL_free(tls);
    SSL_CTX_free(context);
    if (descriptor >= 0) ::close(descriptor);
  }

  void begin_call() { deadline = std::chrono::steady_clock::now() + patience; }

  base::Result<void> wait_for(short events) const {
    while (true) {
      auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0) return base::fail("Timeout", "The server did not answer in time.");
      pollfd poll{.fd = descriptor, .events = events, .revents = 0};
      int count = ::poll(&poll, 1, static_cast<int>(left.count()));
      if (count > 0) return {};
      if (count < 0 && errno != EINTR) return client_error(std::strerror(errno));
    }
  }

  // After a TLS call that did not succeed: waits for what it waits for.
  base::Result<void> wait_for_tls(int outcome) const {
    switch (SSL_get_error(tls, outcome)) {
      case SSL_ERROR_WANT_READ: return wait_for(POLLIN);
      case SSL_ERROR_WANT_WRITE: return wait_for(POLLOUT);
      default: {
        const char* reason = ERR_reason_error_string(ERR_peek_last_error());
        return client_error(fmt::format("TLS failed: {}.", reason == nullptr ? "connection closed" : reason));
      }
    }
  }

  base::Result<void> start_tls(const ClientOptions& options) {
    const std::string& trusted_pem = options.trusted_pem;
    ERR_clear_error();
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    if (options.trust == ClientOptions::Trust::kMachine) {
      trust_machine(context);
    } else if (!trusted_pem.empty()) {
      std::unique_ptr<BIO, decltype([](BIO* bio) { BIO_free(bio); })> bio(
          BIO_new_mem_buf(trusted_pem.data(), static_cast<int>(trusted_pem.size())));
      X509* authority = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr);
      bool is_trusted = authority != nullptr && X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority) == 1;
      X509_free(authority);
      if (!is_trusted) return client_error("The authority's certificate is not valid.");
      SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    }
    tls = SSL_new(context);
    SSL_set_fd(tls, descriptor);
    SSL_set_tlsext_host_name(tls, server_name.c_str());
    if (!trusted_pem.empty()) SSL_set1_host(tls, server_name.c_str());
    for (int outcome; (outcome = SSL_connect(tls)) != 1;) TRY_VOID(wait_for_tls(outcome));
    if (options.trust == ClientOptions::Trust::kMachine && !is_trusted_server(tls, server_name, options.thumbprints))
      return client_error("The server's certificate is not trusted.");
    return {};
  }

  base::Result<void> write(std::string_view bytes) {
    while (!bytes.empty()) {
      if (tls != nullptr) {
        ERR_clear_error();
        int sent = SSL_write(tls, bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), 1 << 20)));
        if (sent > 0)
          bytes.remove_prefix(static_cast<std::size_t>(sent));
        else
          TRY_VOID(wait_for_tls(sent));
        continue;
      }
      ssize_t sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent > 0)
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      else if (errno == EAGAIN || errno == EINTR)
        TRY_VOID(wait_for(POLLOUT));
      else
        return client_error(std::strerror(errno));
    }
    return {};
  }

  // Some bytes; none at the end.
  base::Result<std::size_t> read(std::span<char> buffer) {
    while (true) {
      if (tls != nullptr) {
        ERR_clear_error();
        int got = SSL_read(tls, buffer.data(), static_cast<int>(buffer.size()));
        if (got > 0) return static_cast<std::size_t>(got);
        if (SSL_get_error(tls, got) == SSL_ERROR_ZERO_RETURN) return 0;
        TRY_VOID(wait_for_tls(got));
        continue;
      }
      ssize_t got = ::recv(descriptor, buffer.data(), buffer.size(), 0);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EAGAIN && errno != EINTR) return client_error(std::strerror(errno));
      TRY_VOID(wait_for(POLLIN));
    }
  }
};

Client::Client(std::unique_ptr<Wire> wire) : wire_(std::move(wire)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

base::Result<Client> Client::connect(const ClientOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);  // TLS writes raise it when the server is gone
  sockaddr_in four{};
  sockaddr_in6 six{};
  four.sin_family = AF_INET;
  six.sin6_family = AF_INET6;
  four.sin_port = six.sin6_port = htons(options.port);
  bool is_four = ::inet_pton(AF_INET, options.address.c_str(), &four.sin_addr) == 1;
  bool is_six = !is_four && ::inet_pton(AF_INET6, options.address.c_str(), &six.sin6_addr) == 1;
  if (!is_four && !is_six) return client_error(fmt::format("{} is not a numeric address.", options.address));
  auto wire = std::make_unique<Wire>();
  wire->patience = options.patience;
  wire->server_name = options.server_name;
  wire->begin_call();
  wire->descriptor = ::socket(is_four ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (wire->descriptor < 0) return client_error(std::strerror(errno));
  const auto* name = is_four ? reinterpret_cast<const sockaddr*>(&four) : reinterpret_cast<const sockaddr*>(&six);
  if (::connect(wire->descriptor, name, is_four ? sizeof four : sizeof six) != 0) {
    if (errno != EINPROGRESS) return client_error(std::strerror(errno));
    TRY_VOID(wire->wait_for(POLLOUT));
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(wire->descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return client_error(std::strerror(error));
  }
  int yes = 1;
  ::setsockopt(wire->descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (options.tls == ClientOptions::Tls::kYes) TRY_VOID(wire->start_tls(options));
  return Client(std::move(wire));
}

base::Result<void> Client::send(std::string_view bytes) {
  wire_->begin_call();
  return wire_->write(bytes);
}

base::Result<void> Client::send(const Request& request) {
  std::string text = fmt::format("{} {} HTTP/1.{}\r\n", request.method, request.target, request.minor_version);
  if (!request.headers.has("Host")) fmt::format_to(std::back_inserter(text), "Host: {}\r\n", wire_->server_name);
  for (Field field : request.headers) fmt::format_to(std::back_inserter(text), "{}: {}\r\n", field.name, field.value);
  if (!request.body.empty() && !request.headers.has("Content-Length"))
    fmt::format_to(std::back_inserter(text), "Content-Length: {}\r\n", request.body.size());
  text += "\r\n";
  return send(text + request.body);
}

base::Result<Answer> Client::call(const Request& request) {
  TRY_VOID(send(request));
  while (true) {
    Answer answer = TRY(receive(request.method == "HEAD" ? AnswerTo::kHead : AnswerTo::kOther));
    if (answer.status >= 200) return answer;
  }
}

base::Result<Answer> Client::get(std::string_view target) {
  Request request;
  request.method = "GET";
  request.target = target;
  return call(request);
}

// Gets more bytes into in_, or notes the end.
base::Result<void> Client::fill() {
  std::array<char, 64 * 1024> buffer;
  std::size_t got = TRY(wire_->read(buffer));
  in_.append(buffer.data(), got);
  is_over_ = got == 0;
  return {};
}

base::Result<std::string> Client::take_line() {
  std::size_t end;
  while ((end = in_.find("\r\n")) == std::string::npos) {
    if (is_over_) return client_error("The server closed the connection.");
    if (in_.size() > kLineBytes) return client_error("A line of the answer is too long.");
    TRY_VOID(fill());
  }
  std::string line = in_.substr(0, end);
  in_.erase(0, end + 2);
  return line;
}

base::Result<void> Client::take_fields(Headers& fields) {
  while (true) {
    std::string line = TRY(take_line());
    if (line.empty()) return {};
    auto field = parse_field(line);
    if (!field) return client_error("A header field of the answer is not valid.");
    fields.add(field->name, field->value);
  }
}

base::Result<std::string> Client::take_bytes(std::uint64_t count) {
  if (count > kBodyBytes) return client_error("The answer is too large.");
  while (in_.size() < count) {
    if (is_over_) return client_error("The server closed the connection within the body.");
    TRY_VOID(fill());
  }
  std::string bytes = in_.substr(0, count);
  in_.erase(0, count);
  return bytes;
}

base::Result<Answer> Client::receive(AnswerTo request) {
  wire_->begin_call();
  std::string line = TRY(take_line());
  Answer answer;
  bool is_valid = line.size() >= 12 && line.starts_with("HTTP/1.") && line[8] == ' ';
  auto status = is_valid ? base::parse_number<int>(std::string_view(line).substr(9, 3)) : std::nullopt;
  if (!status) return client_error("The status line is not valid: " + line);
  answer.status = *status;
  answer.minor_version = line[7] - '0';
  TRY_VOID(take_fields(answer.headers));
  bool has_body = request != AnswerTo::kHead && *status >= 200 && *status != 204 && *status != 304;
  if (has_body) TRY_VOID(take_body(answer));
  return answer;
}

base::Result<void> Client::take_body(Answer& answer) {
  if (base::equal_ignoring_case(answer.headers.value("Transfer-Encoding"), "chunked")) return take_chunks(answer);
  auto length = answer.headers.get("Content-Length");
  if (!length) {
    answer.body = TRY(receive_rest());
    return {};
  }
  auto count = base::parse_number<std::uint64_t>(*length);
  if (!count) return client_error("The Content-Length is not valid.");
  answer.body = TRY(take_bytes(*count));
  return {};
}

base::Result<void> Client::take_chunks(Answer& answer) {
  while (true) {
    std::string line = TRY(take_line());
    std::uint64_t size = 0;
    auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), size, 16);
    if (error != std::errc() || (end != line.data() + line.size() && *end != ';'))
      return client_error("A chunk size is not valid.");
    if (size == 0) return take_fields(answer.trailers);
    answer.body += TRY(take_bytes(size));
    if (!TRY(take_line()).empty()) return client_error("A chunk is longer than its size says.");
  }
}

base::Result<std::string> Client::receive_some() {
  wire_->begin_call();
  if (in_.empty() && !is_over_) TRY_VOID(fill());
  return std::exchange(in_, std::string());
}

base::Result<std::string> Client::receive_rest() {
  wire_->begin_call();
  while (!is_over_) TRY_VOID(fill());
  return std::exchange(in_, std::string());
}

void Client::end_sending() { ::shutdown(wire_->descriptor, SHUT_WR); }

void Client::reset() {
  linger abrupt{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(wire_->descriptor, SOL_SOCKET, SO_LINGER, &abrupt, sizeof abrupt);
  wire_.reset();
}

}  // namespace http
