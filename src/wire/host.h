#pragma once

#include <string>
#include <string_view>

// What a Host header says about the service: "photos.s3.eu-west-1.amazonaws.com", "sqs.us-east-1.localhost:4566".
namespace wire {

struct HostParts {
  std::string service;  // endpoint prefix: "sqs", "s3", "s3-control", "streams.dynamodb"; "s3-website"; empty when it
                        // names none
  // Of a virtual-hosted S3 request, may have dots; empty when there is none. Of an access point's host its ARN, of one
  // of many regions its alias.
  std::string bucket;
  // Everything before our own name, when no service could be told from it: the bucket if the request turns out to be
  // S3's.
  std::string rest;
};

// `base_host`: a further name that counts as ours. The region is dropped; ports and case do not matter.
HostParts parse_host(std::string_view host, std::string_view base_host);

// The object lambda access point that a label like "photos-111122223333" names in the region; empty: it names none.
std::string object_lambda_arn(std::string_view label, std::string_view region);

// "us-east-1", "ap-southeast-3", "us-gov-west-1".
bool is_region(std::string_view text);

}  // namespace wire
