#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"

struct ssl_st;
struct ssl_ctx_st;

namespace http {

// What a client got back.
struct Answer {
  int status = 0;
  int minor_version = 1;
  Headers headers;
  Headers trailers;
  std::string body;
};

struct ClientOptions {
  std::string address = "127.0.0.1";  // numeric
  std::uint16_t port = 0;
  std::chrono::milliseconds patience{10'000};  // of each call; then it fails with "Timeout"
  enum class Tls { kNo, kYes };
  Tls tls = Tls::kNo;
  // Whom to trust: the authority in `trusted_pem`, or any certificate where that is empty; or the authorities of this
  // machine, or a chain that holds a certificate of `thumbprints` (SHA-1, in hex).
  enum class Trust { kPem, kMachine };
  Trust trust = Trust::kPem;
  std::string trusted_pem;
  std::vector<std::string> thumbprints;
  std::string server_name = "localhost";  // for TLS and the Host field
};

// A small blocking HTTP/1.1 client for one connection, for health checks and tests. Answers are read into memory.
class Client {
 public:
  static base::Result<Client> connect(const ClientOptions& options);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  // Sends bytes as they are.
  base::Result<void> send(std::string_view bytes);
  // Sends a request, adding Host, and Content-Length where there is a body.
  base::Result<void> send(const Request& request);

  // What the answer's body depends on: one to HEAD has none.
  enum class AnswerTo { kHead, kOther };
  // Reads one answer, whatever its framing. An interim answer (100) is an answer of its own.
  base::Result<Answer> receive(AnswerTo request = AnswerTo::kOther);
  // Both, passing over interim answers.
  base::Result<Answer> call(const Request& request);
  base::Result<Answer> get(std::string_view target);

  // Whatever comes next, at least one byte; "" once the server has closed.
  base::Result<std::string> receive_some();
  // All that comes until the server closes.
  base::Result<std::string> receive_rest();

  // Closes our sending side only.
  void end_sending();
  // Closes with a reset, as a crashed client would.
  void reset();

 private:
  struct Wire;
  explicit Client(std::unique_ptr<Wire> wire);
  base::Result<void> fill();
  base::Result<std::string> take_line();
  base::Result<void> take_fields(Headers& fields);
  base::Result<std::string> take_bytes(std::uint64_t count);
  base::Result<void> take_chunks(Answer& answer);
  base::Result<void> take_body(Answer& answer);

  std::unique_ptr<Wire> wire_;
  std::string in_;
  bool is_over_ = false;
};

}  // namespace http
