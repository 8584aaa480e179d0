#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/value.h"
#include "http/message.h"

// Static websites: what the configuration of a bucket says about a request.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteHosting.html
namespace server {

// The page that was asked for.
struct WebsiteRequest {
  std::string_view host;    // as the client named it
  std::string_view scheme;  // "http"
  std::string key;          // decoded, without the slash before it
};

// The key that is looked up: of a folder its index document.
std::string key_of_page(const base::Value& configuration, std::string_view key);

// Where the first rule that fits sends the client; `status` is that of the error met, 0 before there is one.
std::optional<http::Response> redirect_by_rules(const base::Value& configuration, const WebsiteRequest& request,
                                                int status);

// Where all requests are sent to; nothing where they are not.
std::optional<http::Response> redirect_all(const base::Value& configuration, const WebsiteRequest& request);

http::Response redirect_to(int status, std::string_view location);

// An error as a page for people. `why_no_document` says why the error document could not be had; null where there is
// none.
http::Response error_page(int status, const base::Error& error, std::string_view request_id, std::string_view host_id,
                          const base::Error* why_no_document);

}  // namespace server
