#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "auth/chunked.h"
#include "auth/sigv4.h"
#include "http/server.h"
#include "kernel/cloud.h"
#include "kernel/credentials.h"
#include "wire/wire.h"

namespace lambda {
struct OpenUrl;
}

namespace server {

class Admin;
struct S3Form;

// The life of a request: bytes become a route, an identity, a typed input and a call; the answer becomes bytes again.
// Runs on the loops of the HTTP server, each with a lane of its own.
class Gateway : public http::Handler {
 public:
  struct Parts {
    kernel::Cloud& cloud;
    Admin& admin;
    kernel::CredentialRules rules;
    std::string default_region = "us-east-1";
    std::string host_name;  // a further host name that is ours
  };

  explicit Gateway(Parts parts) : parts_(std::move(parts)) {}

  // Gives every loop of the server its lane; after the server has begun to listen and before its start.
  void attach(http::Server& server);
  // Drops the lanes; after the server has stopped.
  void detach() { loops_.clear(); }

  void on_headers(http::Exchange& exchange) override;
  void on_request(std::shared_ptr<http::Exchange> exchange) override;
  void on_tick(http::Loop& loop) override;
  void on_stop(http::Loop& loop) override;

 private:
  // A request as far as it has been understood; views into the exchange's request.
  struct Reading {
    wire::Request request;
    wire::Route route;
    std::optional<auth::Signature> signature;
    kernel::Principal caller;
    kernel::Time received;
    std::string region;
    std::string decoded_body;  // where the body came packed or in chunks
    std::vector<std::pair<std::string, std::string>> trailers;
  };
  struct OpenCall {
    std::shared_ptr<http::Exchange> exchange;
    wire::Route route;
    std::string request_id;
    kernel::Lane::Ticket ticket = 0;
  };
  struct LoopState {
    http::Loop* loop = nullptr;
    std::unique_ptr<kernel::Lane> lane;
    http::Loop::TimerId timer;
    std::unordered_map<kernel::Lane::Ticket, std::shared_ptr<OpenCall>> open_calls;
    std::vector<wire::Header> wire_headers;  // room for one request's, used again and again
    std::vector<auth::Header> auth_headers;
  };

  LoopState& state_of(http::Loop& loop);
  class Upload;

  base::Result<auth::SignedRequest> understand(LoopState& state, const http::Request& request, Reading& reading);
  static void take_headers(LoopState& state, const http::Request& request);
  // Fills in `reading` as far as it gets, so that an error can be answered in the client's protocol.
  base::Result<base::Value> read(LoopState& state, const http::Request& request, Reading& reading);
  base::Result<void> unpack_body(const http::Request& request, Reading& reading);
  base::Result<void> join_chunks(const http::Request& request, const std::optional<std::string>& secret,
                                 Reading& reading, std::vector<wire::Header>& headers);
  static bool comes_in_chunks(const Reading& reading);
  static base::Result<auth::ChunkedDecoder::Options> chunk_options(const http::Request& request,
                                                                   const std::optional<std::string>& secret,
                                                                   const Reading& reading);
  // Without a body: by the head alone, what it claims of its body taken for true.
  base::Result<kernel::Identity> authenticate(const auth::SignedRequest& signed_request,
                                              std::optional<std::string_view> body, const Reading& reading);
  kernel::Request describe(const http::Request& request, std::string request_id, kernel::Time received) const;
  kernel::Invocation make_invocation(const http::Request& request, const Reading& reading, base::Value input,
                                     const std::string& request_id) const;
  // Where an answer is not sent as its protocol writes it.
  struct Finish {
    std::function<http::Response(const base::Value& output, http::Response response)> retouch;
    std::function<http::Response(const base::Error& error)> refuse;
  };
  void submit(LoopState& state, std::shared_ptr<http::Exchange> exchange, Reading&& reading,
              kernel::Invocation invocation, Finish finish = {});
  void respond_with(http::Exchange& exchange, const wire::Route& route, wire::Answer answer);

  // gateway_s3.cc: what browsers say to S3. False: it is a request like others.
  bool answer_browser(LoopState& state, const std::shared_ptr<http::Exchange>& exchange);
  static base::Result<void> check_sent_encryption(const wire::Route& route, const wire::Request& request);
  static base::Result<void> check_digests(const wire::Route& route, const wire::Request& request);
  void add_cors(const http::Request& request, const wire::Route& route, http::Response& response);
  void add_bucket_region(const wire::Route& route, http::Response& response);
  base::Result<void> take_form(LoopState& state, const std::shared_ptr<http::Exchange>& exchange,
                               const std::string& bucket, const std::string& request_id);
  base::Result<void> authenticate_form(const S3Form& form, const std::string& access_key_id, Reading& reading,
                                       const std::function<base::Result<void>(std::string_view secret)>& verify);
  // gateway_website.cc
  struct WebsiteVisit;
  struct Page {
    http::Response response;
    std::optional<base::Error> error = std::nullopt;  // why there is no page
    int status = 0;                                   // of the error
  };
  void visit_website(LoopState& state, const std::shared_ptr<http::Exchange>& exchange);
  void fetch_page(LoopState& state, const std::shared_ptr<WebsiteVisit>& visit, const std::string& key,
                  std::function<void(Page)> done);
  void miss_page(LoopState& state, const std::shared_ptr<WebsiteVisit>& visit, Page missed);
  void show_error(LoopState& state, const std::shared_ptr<WebsiteVisit>& visit, Page missed);

  // gateway_urls.cc: the id of the function URL that the request is for; empty: for none.
  std::string function_url_of(const http::Request& request) const;
  base::Result<void> identify_visitor(LoopState& state, const lambda::OpenUrl& url, const http::Request& request,
                                      Reading& reading);
  void visit_function_url(LoopState& state, const std::shared_ptr<http::Exchange>& exchange, const std::string& id);

  // Uploads (gateway_uploads.cc): long bodies of operations that take theirs as it comes. Begins one where the request
  // is such; an error refuses it before its body has come.
  base::Result<void> begin_upload(LoopState& state, http::Exchange& exchange, Reading& reading,
                                  const std::string& request_id);
  void finish_upload(LoopState& state, std::shared_ptr<http::Exchange> exchange);
  void answer_control(std::shared_ptr<http::Exchange> exchange);
  void serve_control(std::shared_ptr<http::Exchange> exchange);
  void schedule(LoopState& state);

  Parts parts_;
  std::vector<LoopState> loops_;
  std::vector<std::shared_ptr<http::Exchange>> waiting_controls_;  // of the first loop
};

}  // namespace server
