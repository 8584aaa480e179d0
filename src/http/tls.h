#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

struct ssl_ctx_st;

namespace http {

// The server's side of TLS: a certificate for the names of this machine, signed by an authority of our own that users
// can trust once. Both are kept in a folder and made when they are not there.
class TlsContext {
 public:
  // `folder` is made if need be; it gets authority.pem, authority.key.pem, server.pem and server.key.pem (keys readable
  // by their owner only). `names` are further DNS names (wildcards such as "*.s3.us-east-1.localhost" included) or
  // numeric addresses beside localhost, *.localhost, localhost.localstack.cloud, *.localhost.localstack.cloud,
  // 127.0.0.1 and ::1. The server's certificate is made anew when it lacks a name, is near its end, or is not of this
  // authority.
  static base::Result<std::shared_ptr<TlsContext>> open(const std::string& folder,
                                                        const std::vector<std::string>& names = {});
  ~TlsContext();

  // What a client has to trust, as PEM text. Also there without `open`; makes the authority if need be.
  static base::Result<std::string> ca_certificate_pem(const std::string& folder);

  ssl_ctx_st* get() const { return context_; }

 private:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* const context_;
};

}  // namespace http
