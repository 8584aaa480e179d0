#include "runtime/messages.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace runtime {

namespace {

constexpr std::size_t kDescriptorsMax = 64;

}  // namespace

MessageWriter& MessageWriter::number(std::int64_t number) {
  bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
  return *this;
}

MessageWriter& MessageWriter::text(std::string_view text) {
  number(static_cast<std::int64_t>(text.size()));
  bytes_.append(text);
  return *this;
}

MessageWriter& MessageWriter::texts(const std::vector<std::string>& texts) {
  number(static_cast<std::int64_t>(texts.size()));
  for (const std::string& each : texts) text(each);
  return *this;
}

std::int64_t MessageReader::number() {
  std::int64_t number = 0;
  if (rest_.size() < sizeof number) {
    rest_ = {};
    return 0;
  }
  std::memcpy(&number, rest_.data(), sizeof number);
  rest_.remove_prefix(sizeof number);
  return number;
}

std::string MessageReader::text() {
  auto size = static_cast<std::size_t>(number());
  size = std::min(size, rest_.size());
  std::string text(rest_.substr(0, size));
  rest_.remove_prefix(size);
  return text;
}

std::vector<std::string> MessageReader::texts() {
  std::vector<std::string> texts;
  for (std::int64_t left = number(); left > 0 && !rest_.empty(); --left) texts.push_back(text());
  return texts;
}

void write_spec(MessageWriter& out, const ProcessSpec& spec) {
  out.texts(spec.command).texts(spec.environment).text(spec.working_folder).text(spec.temporary_folder);
  out.number(static_cast<std::int64_t>(spec.mounts.size()));
  for (const ProcessSpec::Mount& mount : spec.mounts)
    out.text(mount.from).text(mount.to).number(static_cast<std::int64_t>(mount.access));
  out.number(spec.memory_mb).number(spec.storage_mb).number(spec.pids_max).number(spec.open_files_max);
  out.number(spec.cpu_permille).number(static_cast<std::int64_t>(spec.network));
  out.number(static_cast<std::int64_t>(spec.own_network_ports.size()));
  for (std::uint16_t port : spec.own_network_ports) out.number(port);
  out.text(spec.later_from).texts(spec.later_places);
}

ProcessSpec read_spec(MessageReader& in) {
  ProcessSpec spec;
  spec.command = in.texts();
  spec.environment = in.texts();
  spec.working_folder = in.text();
  spec.temporary_folder = in.text();
  for (std::int64_t left = in.number(); left > 0; --left) {
    std::string from = in.text();
    std::string to = in.text();
    spec.mounts.push_back({std::move(from), std::move(to), static_cast<ProcessSpec::Mount::Access>(in.number())});
  }
  spec.memory_mb = in.whole();
  spec.storage_mb = in.whole();
  spec.pids_max = in.whole();
  spec.open_files_max = in.whole();
  spec.cpu_permille = in.whole();
  spec.network = static_cast<ProcessSpec::Network>(in.number());
  for (std::int64_t left = in.number(); left > 0; --left)
    spec.own_network_ports.push_back(static_cast<std::uint16_t>(in.number()));
  spec.later_from = in.text();
  spec.later_places = in.texts();
  return spec;
}

void write_report(MessageWriter& out, const ExitReport& report) {
  out.number(static_cast<std::int64_t>(report.reason)).number(report.exit_status).number(report.signal);
  out.number(report.memory_peak_mb);
}

ExitReport read_report(MessageReader& in) {
  ExitReport report;
  report.reason = static_cast<ExitReport::Reason>(in.number());
  report.exit_status = in.whole();
  report.signal = in.whole();
  report.memory_peak_mb = in.whole();
  return report;
}

void write_findings(MessageWriter& out, const Findings& findings) {
  out.number(static_cast<std::int64_t>(findings.size()));
  for (const Finding& finding : findings)
    out.text(finding.name).number(static_cast<std::int64_t>(finding.state)).text(finding.meaning).text(finding.remedy);
}

Findings read_findings(MessageReader& in) {
  Findings findings;
  for (std::int64_t left = in.number(); left > 0; --left) {
    Finding finding;
    finding.name = in.text();
    finding.state = static_cast<Finding::State>(in.number());
    finding.meaning = in.text();
    finding.remedy = in.text();
    findings.push_back(std::move(finding));
  }
  return findings;
}

bool send_message(int socket, std::string_view bytes, std::span<const int> descriptors) {
  iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kDescriptorsMax)] = {};
  msghdr header{};
  header.msg_iov = &piece;
  header.msg_iovlen = 1;
  if (!descriptors.empty()) {
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size_bytes());
  }
  ssize_t sent;
  do sent = ::sendmsg(socket, &header, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent >= 0;
}

std::optional<Message> receive_message(int socket, Waiting waiting) {
  int flags = waiting == Waiting::kNever ? MSG_DONTWAIT : 0;
  ssize_t size;
  char nothing;
  do size = ::recv(socket, &nothing, 0, MSG_PEEK | MSG_TRUNC | flags);
  while (size < 0 && errno == EINTR);
  if (size <= 0) return std::nullopt;  // a message is never empty
  Message message;
  message.bytes.resize(size);
  iovec piece{message.bytes.data(), message.bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kDescriptorsMax)];
  msghdr header{};
  header.msg_iov = &piece;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  do size = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
  while (size < 0 && errno == EINTR);
  if (size <= 0) return std::nullopt;
  for (cmsghdr* rights = CMSG_FIRSTHDR(&header); rights; rights = CMSG_NXTHDR(&header, rights)) {
    if (rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS) continue;
    int numbers[kDescriptorsMax];
    std::size_t bytes = rights->cmsg_len - CMSG_LEN(0);
    std::memcpy(numbers, CMSG_DATA(rights), bytes);
    for (std::size_t i = 0; i < bytes / sizeof(int); ++i) message.descriptors.emplace_back(numbers[i]);
  }
  return message;
}

}  // namespace runtime
