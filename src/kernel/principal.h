#pragma once

#include <string>

#include "kernel/clock.h"

namespace kernel {

// Who makes a call, as aws:PrincipalArn and CloudTrail's userIdentity know it.
struct Principal {
  enum class Type { kRoot, kUser, kAssumedRole, kFederatedUser, kService, kAnonymous };

  Type type = Type::kAnonymous;
  std::string account;        // 12 digits; of the account a service acts in, for services
  std::string arn;            // "arn:aws:iam::000000000000:root"; "s3.amazonaws.com" for a service
  std::string user_id;        // "000000000000", "AIDA…", "AROA…:session"
  std::string access_key_id;  // what signed the request; empty for services and anonymous callers
  std::string source_arn;     // aws:SourceArn of a call made by a service
  bool multi_factor_present = false;

  static Principal root(const std::string& account);
  static Principal service(const std::string& name, const std::string& account, const std::string& source_arn);
};

// What the request itself said, for condition keys, records and answers that name the endpoint.
struct Request {
  std::string id;                                  // x-amzn-RequestId
  std::string base_url = "http://localhost:4566";  // scheme and authority as the client reached us
  std::string source_ip = "127.0.0.1";
  std::string user_agent;
  bool secure = false;  // came over TLS
  Time received;        // stays the same when the operation is run again
};

}  // namespace kernel
