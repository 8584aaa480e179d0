#include "wire/host.h"

#include <cctype>

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

}  // namespace

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
  if (is_region(last_label(host))) host = without_last_label(host);
  if (last_label(host) == "dualstack" || last_label(host) == "fips") host = without_last_label(host);
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
