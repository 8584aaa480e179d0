#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kernel/clock.h"

namespace kernel {

// What a session carries beyond its key: given when temporary credentials are made, unchangeable afterwards.
struct Session {
  std::string role_arn;                     // of an assumed role
  std::string name;                         // RoleSessionName, federated user name
  std::string issuer_arn;                   // of a federated user: the user or root who vouched for them
  std::vector<std::string> policies;        // inline session policies, as given
  std::vector<std::string> policy_arns;     // managed session policies
  bool is_restricted = false;               // whether there are session policies (federated users: always)
  std::map<std::string, std::string> tags;  // session tags: they override those of the role
  std::vector<std::string> transitive_tag_keys;
  std::string source_identity;
  std::string provider;                                    // federated: aws:FederatedProvider
  std::map<std::string, std::vector<std::string>> claims;  // condition keys of the token: "accounts.google.com:aud"
  std::int64_t issued_ms = 0;
  std::int64_t multi_factor_ms = 0;  // when a code was given; 0: never
  bool is_chained = false;           // made by a session that was itself assumed

  static void fields(auto& self, auto& field) {
    field("role_arn", self.role_arn);
    field("name", self.name);
    field("issuer_arn", self.issuer_arn);
    field("policies", self.policies);
    field("policy_arns", self.policy_arns);
    field("is_restricted", self.is_restricted);
    field("tags", self.tags);
    field("transitive_tag_keys", self.transitive_tag_keys);
    field("source_identity", self.source_identity);
    field("provider", self.provider);
    field("claims", self.claims);
    field("issued_ms", self.issued_ms);
    field("multi_factor_ms", self.multi_factor_ms);
    field("is_chained", self.is_chained);
  }
};

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
  std::shared_ptr<const Session> session = nullptr;  // of temporary credentials

  static Principal root(const std::string& account);
  static Principal service(const std::string& name, const std::string& account, const std::string& source_arn);
};

// What the request itself said, for condition keys, records and answers that name the endpoint.
struct Request {
  std::string id;                                  // x-amzn-RequestId
  std::string base_url = "http://localhost:4566";  // scheme and authority as the client reached us
  std::string source_ip = "127.0.0.1";
  std::string user_agent;
  std::string referer;
  std::string trace_id;        // X-Amzn-Trace-Id: X-Ray's header
  bool secure = false;         // came over TLS
  std::string signed_in;       // "REST-HEADER", "REST-QUERY-STRING" or "POST"; empty: unsigned
  std::int64_t signed_ms = 0;  // the time of the signature
  std::string payload_hash;    // that the client claims: x-amz-content-sha256
  Time received;               // stays the same when the operation is run again
};

}  // namespace kernel
