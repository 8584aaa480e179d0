// The credential report: who in the account has what to prove themselves with, as CSV.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
#include "base/time_text.h"
#include "kernel/credentials.h"
#include "kernel/usage.h"
#include "services/iam/evidence.h"

namespace iam {

namespace {

constexpr std::string_view kReportKey = "account";
// "You can generate a credential report as often as once every four hours."
constexpr std::int64_t kReportMs = 4 * 3'600'000;
constexpr std::int64_t kDayLengthMs = 86'400'000;
constexpr std::size_t kPairs = 2;  // access keys and certificates in a line
constexpr std::string_view kHeader =
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
    "access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,"
    "access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated,additional_credentials_info";
constexpr std::string_view kNothing = "N/A";

using Line = std::vector<std::string>;

std::string report_time(std::int64_t time_ms) {
  std::string text = base::format_iso8601(time_ms / 1'000 * 1'000);
  return text.substr(0, text.size() - 1) + "+00:00";
}

std::string report_flag(bool flag) { return flag ? "true" : "false"; }

void add_nothing(Line& line, std::size_t count) { line.insert(line.end(), count, std::string(kNothing)); }

void add_password(const Call& call, const User& user, Line& line) {
  auto profile = call.tx.get(kLoginProfiles, user.id);
  line.push_back(report_flag(profile.has_value()));
  if (!profile) return add_nothing(line, 3);
  line.push_back(user.password_last_used_ms == 0 ? "no_information" : report_time(user.password_last_used_ms));
  line.push_back(report_time(profile->changed_ms));
  auto policy = get_password_policy(call);
  const std::int64_t days = policy ? policy->age_days_max : 0;
  line.push_back(days == 0 ? std::string(kNothing) : report_time(profile->changed_ms + days * kDayLengthMs));
}

void add_access_keys(Call& call, std::string_view holder_id, Line& line) {
  std::vector<std::pair<std::int64_t, std::string>> keys;  // oldest first
  for (const std::string& id : access_keys_of(call, holder_id))
    if (auto key = call.tx.get(kAccessKeys, store::key(holder_id, id))) keys.emplace_back(key->created_ms, id);
  std::ranges::sort(keys);
  for (std::size_t i = 0; i < kPairs; ++i) {
    auto credential = i < keys.size() ? call.tx.get(kernel::kCredentials, keys[i].second) : std::nullopt;
    line.push_back(report_flag(credential && credential->active));
    if (!credential) {
      add_nothing(line, 4);
      continue;
    }
    line.push_back(report_time(keys[i].first));
    const kernel::KeyUse use = kernel::last_use_of_key(call, keys[i].second);
    if (use.at_ms == 0) {
      add_nothing(line, 3);
    } else {
      line.insert(line.end(), {report_time(use.at_ms), use.region, use.service});
    }
  }
}

void add_certificates(const Call& call, std::string_view holder_id, Line& line) {
  std::vector<SigningCertificate> certificates;
  call.tx.scan(kSigningCertificates, store::key(holder_id),
               [&](std::string_view, SigningCertificate& certificate) { certificates.push_back(certificate); });
  std::ranges::sort(certificates, {}, &SigningCertificate::uploaded_ms);
  for (std::size_t i = 0; i < kPairs; ++i) {
    line.push_back(report_flag(i < certificates.size() && certificates[i].is_active));
    line.push_back(i < certificates.size() ? report_time(certificates[i].uploaded_ms) : std::string(kNothing));
  }
  add_nothing(line, 1);  // there are never more than two
}

void append_line(const Line& line, std::string& report) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    report += i == 0 ? '\n' : ',';
    const bool needs_quotes = line[i].find(',') != std::string::npos;  // user names may have commas
    report += needs_quotes ? "\"" + line[i] + "\"" : line[i];
  }
}

std::string make_report(Call& call) {
  std::string report(kHeader);
  const std::string& root = call.place.account;
  // LIMIT: accounts do not know when they were made, so their root is as old as time.
  Line line{"<root_account>", fmt::format("arn:aws:iam::{}:root", root),
            report_time(0),   "not_supported",
            "no_information", "not_supported",
            "not_supported",  report_flag(count_mfa_devices(call, root) != 0)};
  add_access_keys(call, root, line);
  add_certificates(call, root, line);
  append_line(line, report);
  call.tx.scan(kUsers, "", [&](std::string_view, User& user) {
    line = {user.name, user_arn(call, user), report_time(user.created_ms)};
    add_password(call, user, line);
    line.push_back(report_flag(count_mfa_devices(call, user.id) != 0));
    add_access_keys(call, user.id, line);
    add_certificates(call, user.id, line);
    append_line(line, report);
  });
  return report;
}

bool is_current(const Call& call, const std::optional<CredentialReport>& report) {
  return report && call.now_ms() < report->generated_ms + kReportMs;
}

}  // namespace

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateCredentialReport.html
base::Result<Out> GenerateCredentialReport(Call& call, In) {
  if (is_current(call, call.tx.get(kCredentialReports, kReportKey))) return Out{{"State", "COMPLETE"}};
  call.tx.put(kCredentialReports, kReportKey, {.content = make_report(call), .generated_ms = now_seconds_ms(call)});
  return Out{{"State", "STARTED"}, {"Description", "No report exists. Starting a new report generation task"}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetCredentialReport.html
base::Result<Out> GetCredentialReport(Call& call, In) {
  auto report = call.tx.get(kCredentialReports, kReportKey);
  if (!report) return error("ReportNotPresent", "No report exists.");
  if (!is_current(call, report))
    return error("ReportExpired", "The credential report has expired. Generate a new one by GenerateCredentialReport.");
  return Out{{"Content", report->content}, {"ReportFormat", "text/csv"}, {"GeneratedTime", report->generated_ms}};
}

}  // namespace iam
