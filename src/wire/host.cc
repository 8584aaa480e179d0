#include "wire/host.h"

#include <fmt/format.h>

#include <cctype>

#include "base/arn.h"
#include "base/strings.h"

namespace wire {

namespace {

constexpr std::string_view kOurHosts[] = {
    "localhost.localstack.cloud", "localhost", "127.0.0.1", "amazonaws.com.cn", "amazonaws.com", "api.aws", "on.aws"};

// What stands before `base` and its dot; the whole text when `host` does not end so.
bool strip_base(std::string_view& host, std::string_view base) {
  if (base.empty() || !host.ends_with(base)) return false;
  if (host.size() == base.size()) {
    host = {};
    return true;
  }
  if (host[host.size() - base.size() - 1] != '.') return false;
  host.remove_suffix(base.size() + 1);
  return true;
}

std::string_view last_label(std::string_view text) { return text.substr(text.rfind('.') + 1); }

std::string_view without_last_label(std::string_view text) {
  std::size_t dot = text.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : text.substr(0, dot);
}

// "s3-website-us-east-1", or "s3-website" where the region stands by itself.
bool is_website_label(std::string_view label) {
  return label == "s3-website" || (label.starts_with("s3-website-") && is_region(label.substr(11)));
}

bool is_s3_label(std::string_view label) {
  if (label == "s3" || label == "s3-accelerate" || label == "s3-external-1" || label.starts_with("s3express-"))
    return true;
  return label.starts_with("s3-") && is_region(label.substr(3));
}

// "photos-111122223333.s3-accesspoint.eu-west-1": what it is another name of. Empty: it names none.
std::string point_of(std::string_view host, std::string_view service, std::string_view region) {
  constexpr std::size_t kAccountDigits = 12;
  if (host.size() < kAccountDigits + 2 || host[host.size() - kAccountDigits - 1] != '-') return {};
  const std::string_view account = host.substr(host.size() - kAccountDigits);
  if (!base::is_account_id(account)) return {};
  return fmt::format("arn:aws:{}:{}:{}:accesspoint/{}", service, region, account,
                     host.substr(0, host.size() - kAccountDigits - 1));
}

std::string_view without_suffix(std::string_view text, std::string_view suffix) {
  return text.ends_with(suffix) ? text.substr(0, text.size() - suffix.size()) : text;
}

// Hosts of access points. False: it is none.
bool parse_point_host(std::string_view host, std::string_view region, HostParts& parts) {
  const std::string_view label = without_suffix(last_label(host), "-fips");
  if (label != "s3-accesspoint" && label != "s3-object-lambda" && label != "s3-global") return false;
  parts.service = "s3";
  const std::string_view rest = without_last_label(host);
  if (label == "s3-global")
    parts.bucket = without_suffix(rest, ".accesspoint");
  else if (label == "s3-object-lambda" || !rest.ends_with("-s3alias"))
    parts.bucket = point_of(rest, label == "s3-accesspoint" ? "s3" : label, region);
  else
    parts.bucket = rest;
  return true;
}

}  // namespace

std::string object_lambda_arn(std::string_view label, std::string_view region) {
  return point_of(label, "s3-object-lambda", region);
}

bool is_region(std::string_view text) {
  // Two letters, then words, then a digit, all joined by hyphens.
  if (text.size() < 8 || text[2] != '-' || !std::isdigit(static_cast<unsigned char>(text.back()))) return false;
  int hyphens = 0;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == '-')
      ++hyphens;
    else if (!std::islower(static_cast<unsigned char>(text[i])))
      return false;
  }
  return hyphens >= 2 && text[text.size() - 2] == '-';
}

HostParts parse_host(std::string_view raw_host, std::string_view base_host) {
  HostParts parts;
  std::string lower = base::to_lower(raw_host);
  std::string_view host = lower;
  if (host.starts_with("[")) return parts;  // an IPv6 address names no service
  host = host.substr(0, host.find(':'));
  if (host.ends_with(".")) host.remove_suffix(1);
  bool ours = strip_base(host, base::to_lower(base_host));
  for (std::string_view each : kOurHosts) ours = ours || strip_base(host, each);
  if (!ours || host.empty()) return parts;
  parts.rest = host;
  // AWS: the old names of SQS have the region first: "us-east-1.queue.amazonaws.com".
  if (last_label(host) == "queue") {
    parts.service = "sqs";
    return parts;
  }
  std::string_view region;
  if (is_region(last_label(host))) {
    region = last_label(host);
    host = without_last_label(host);
  }
  if (last_label(host) == "dualstack" || last_label(host) == "fips") host = without_last_label(host);
  if (parse_point_host(host, region, parts)) return parts;
  std::string_view label = last_label(host);
  if (is_s3_label(label) || is_website_label(label)) {
    parts.service = is_s3_label(label) ? "s3" : "s3-website";
    parts.bucket = without_last_label(host);
    return parts;
  }
  parts.service = host;
  return parts;
}

}  // namespace wire
