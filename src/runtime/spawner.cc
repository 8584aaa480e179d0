#include "runtime/spawner.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/strings.h"
#include "runtime/spawner_link.h"
#include "runtime/spawner_process.h"

namespace runtime {

namespace {

using base::Result;

constexpr std::string_view kWorkFolderSuffix = "-sandboxes";

// Those of servers that were killed together with their helper.
void remove_old_work_folders(const std::string& temporary) {
  namespace fs = std::filesystem;
  std::error_code failed;
  for (fs::directory_iterator each(temporary, failed); !failed && each != fs::directory_iterator();
       each.increment(failed)) {
    std::string name = each->path().filename();
    constexpr std::string_view kPrefix = "virga-";
    if (!name.starts_with(kPrefix) || !name.ends_with(kWorkFolderSuffix)) continue;
    std::string_view number =
        std::string_view(name).substr(kPrefix.size(), name.size() - kPrefix.size() - kWorkFolderSuffix.size());
    auto server = base::parse_number<pid_t>(number);
    std::error_code ignored;  // of another user, say
    if (server && ::kill(*server, 0) != 0 && errno == ESRCH) fs::remove_all(each->path(), ignored);
  }
}

Result<void> check_spec(const ProcessSpec& spec) {
  auto is_absolute = [](const std::string& path) { return path.starts_with('/') && path.find('\0') == path.npos; };
  if (spec.command.empty() || !is_absolute(spec.command[0]))
    return base::fail("InvalidSpec", "A command begins with an absolute path.");
  for (const ProcessSpec::Mount& mount : spec.mounts)
    if (!is_absolute(mount.from) || !is_absolute(mount.to))
      return base::fail("InvalidSpec", "Mounts have absolute paths: " + mount.from + " at " + mount.to);
  if (!is_absolute(spec.working_folder) || (!spec.temporary_folder.empty() && !is_absolute(spec.temporary_folder)))
    return base::fail("InvalidSpec", "Folders of a sandbox have absolute paths.");
  if (!spec.own_network_ports.empty() && spec.network != ProcessSpec::Network::kOwn)
    return base::fail("InvalidSpec", "Ports are made only in a network of the sandbox's own.");
  return {};
}

}  // namespace

Result<Isolation> parse_isolation(std::string_view text) {
  if (text == "auto") return Isolation::kAuto;
  if (text == "isolated") return Isolation::kIsolated;
  if (text == "process") return Isolation::kProcess;
  return base::fail("InvalidOption", "The isolation is auto, isolated or process.");
}

std::optional<int> run_as_spawner(int argument_count, char** arguments) {
  if (argument_count != 3 || std::string_view(arguments[1]) != kSpawnerArgument) return std::nullopt;
  auto socket = base::parse_number<int>(arguments[2]);
  if (!socket) return 2;
  ::syscall(SYS_close_range, unsigned(*socket) + 1, ~0U, 0);
  ::fcntl(*socket, F_SETFD, FD_CLOEXEC);
  return SpawnerProcess(Descriptor(*socket)).run();
}

// --- processes
// ---------------------------------------------------------------------------------------------------------

Process::Process(std::shared_ptr<SpawnerLink> link, std::uint64_t id, int pid, std::vector<Descriptor> sockets)
    : link_(std::move(link)), id_(id), pid_(pid), sockets_(std::move(sockets)) {}

Process::~Process() { kill(); }

void Process::freeze() { link_->tell(Word::kFreeze, id_); }
void Process::thaw() { link_->tell(Word::kThaw, id_); }
void Process::kill() { link_->tell(Word::kKill, id_); }

std::optional<int> Process::memory_used_mb() { return link_->measure(id_).first; }
std::optional<int> Process::memory_peak_mb() { return link_->measure(id_).second; }

Result<void> Process::mount(const std::vector<ProcessSpec::Mount>& mounts) {
  MessageWriter request(Word::kMount);
  request.number(static_cast<std::int64_t>(id_));
  std::vector<std::string> paths;
  for (const ProcessSpec::Mount& mount : mounts) paths.insert(paths.end(), {mount.from, mount.to});
  std::optional<Message> answer = link_->ask(id_, request.texts(paths).bytes(), {});
  if (!answer) return base::fail("NotMounted", "The spawner is not there.");
  MessageReader in(answer->bytes);
  in.word();
  in.number();
  if (std::string problem = in.text(); !problem.empty()) return base::fail("NotMounted", std::move(problem));
  return {};
}

Result<std::unique_ptr<Spawner>> Spawner::start(SpawnerOptions options) {
  if (options.work_folder.empty()) {
    std::error_code failed;
    std::string temporary = std::filesystem::temp_directory_path(failed);
    if (failed) return base::fail("NotStarted", "There is no temporary folder: " + failed.message());
    options.work_folder = fmt::format("{}/virga-{}{}", temporary, ::getpid(), kWorkFolderSuffix);
    remove_old_work_folders(temporary);
  }
  auto link = std::make_shared<SpawnerLink>(std::move(options));
  TRY_VOID(link->start());
  return std::unique_ptr<Spawner>(new Spawner(std::move(link)));
}

Spawner::~Spawner() { link_->stop(); }

Tier Spawner::tier() const { return link_->tier(); }
const Findings& Spawner::findings() const { return link_->findings(); }
int Spawner::pid() const { return link_->helper(); }

Result<std::unique_ptr<Process>> Spawner::spawn(const ProcessSpec& spec, int stdout_descriptor, int stderr_descriptor,
                                                std::function<void(ExitReport)> on_exit, int stdin_descriptor) {
  TRY_VOID(check_spec(spec));
  std::uint64_t id = link_->add(std::move(on_exit));
  MessageWriter request(Word::kSpawn);
  request.number(static_cast<std::int64_t>(id));
  write_spec(request, spec);
  if (request.bytes().size() > kMessageBytesMax) {
    link_->forget(id);
    return base::fail("InvalidSpec", "Command and environment are too long.");
  }
  std::vector<int> standard = {stdout_descriptor, stderr_descriptor};
  if (stdin_descriptor >= 0) standard.push_back(stdin_descriptor);
  std::optional<Message> answer = link_->ask(id, request.bytes(), standard);
  if (!answer || answer->bytes.empty()) {
    link_->forget(id);
    return base::fail("NotStarted", "The spawner is not there.");
  }
  MessageReader in(answer->bytes);
  Word word = in.word();
  in.number();
  if (word == Word::kFailed) {
    std::string code = in.text();
    return base::fail(code, in.text());
  }
  return std::unique_ptr<Process>(new Process(link_, id, in.whole(), std::move(answer->descriptors)));
}

}  // namespace runtime
