#include "runtime/spawner_link.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <chrono>

#include "runtime/sandbox.h"

namespace runtime {

using base::Result;

namespace {

constexpr int kSpawnerSocket = 3;
constexpr std::chrono::seconds kPatience{2};

// Starts the helper, which finds its socket as descriptor kSpawnerSocket. Answers its pid.
Result<pid_t> spawn_helper(const std::string& program, int socket) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  for (int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    ::posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0);
  ::posix_spawn_file_actions_adddup2(&actions, socket, kSpawnerSocket);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  // A session of its own: a Ctrl-C ends the server, which then ends the helper.
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  sigset_t all, none;
  ::sigfillset(&all);
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  std::string number = std::to_string(kSpawnerSocket), argument(kSpawnerArgument), name = "virga-spawner";
  char* arguments[] = {name.data(), argument.data(), number.data(), nullptr};
  char* environment[] = {nullptr};
  pid_t pid = -1;
  int failed = ::posix_spawn(&pid, program.c_str(), &actions, &attributes, arguments, environment);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (failed == 0) return pid;
  return base::fail("NotStarted", "The spawner could not be started: " + std::string(std::strerror(failed)));
}

}  // namespace

Result<void> SpawnerLink::start() {
  TRY_VOID(start_helper());
  reader_ = std::thread([this] { read(); });
  return {};
}

void SpawnerLink::stop() {
  {
    std::lock_guard lock(mutex_);
    is_over_ = true;
    // The helper reads an end, kills everything, and tells so for each.
    if (socket_) ::shutdown(socket_->get(), SHUT_WR);
    changed_.notify_all();
  }
  if (reader_.joinable()) reader_.join();
}

int SpawnerLink::helper() const {
  std::lock_guard lock(mutex_);
  return helper_;
}

Result<void> SpawnerLink::start_helper() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return fail_with_errno("No socket could be made");
  Descriptor ours(ends[0]), theirs(ends[1]);
  pid_t pid = TRY(spawn_helper(options_.program, theirs.get()));
  theirs.reset();
  MessageWriter hello(Word::kHello);
  hello.number(static_cast<std::int64_t>(options_.isolation)).text(options_.work_folder);
  send_message(ours.get(), hello.bytes());
  std::optional<Message> answer = receive_message(ours.get());
  MessageReader in(answer ? answer->bytes : std::string_view());
  if (!answer || in.word() != Word::kReady) {
    ours.reset();
    ::waitpid(pid, nullptr, 0);
    if (!answer) return base::fail("NotStarted", "The spawner ended at once; does main begin with run_as_spawner?");
    std::string code = in.text();
    return base::fail(code, in.text());
  }
  auto tier = static_cast<Tier>(in.number());
  Findings findings = read_findings(in);
  if (!reader_.joinable()) {
    tier_ = tier;
    findings_ = std::move(findings);
    // One that comes later must not offer another tier than the callers were told.
    options_.isolation = tier == Tier::kIsolated ? Isolation::kIsolated : Isolation::kProcess;
  }
  std::lock_guard lock(mutex_);
  socket_ = std::make_shared<const Descriptor>(std::move(ours));
  helper_ = pid;
  if (is_over_) ::shutdown(socket_->get(), SHUT_WR);  // stop() came before it
  changed_.notify_all();
  return {};
}

// The thread that hears what becomes of processes.
void SpawnerLink::read() {
  for (;;) {
    std::unique_lock lock(mutex_);
    std::shared_ptr<const Descriptor> socket = socket_;
    lock.unlock();
    while (std::optional<Message> message = receive_message(socket->get())) hear(*message);
    ::waitpid(helper(), nullptr, 0);
    lose_all();
    lock.lock();
    while (!is_over_ && !socket_) {
      lock.unlock();
      bool is_started = start_helper().has_value();
      lock.lock();
      // A machine out of processes or memory: whoever asks next has it tried again.
      if (!is_started) changed_.wait(lock, [&] { return is_over_ || std::exchange(is_wanted_, false); });
    }
    if (is_over_ && !socket_) return;
  }
}

// The helper has gone, and what it started with it.
void SpawnerLink::lose_all() {
  std::unique_lock lock(mutex_);
  socket_.reset();
  std::map<std::uint64_t, Sandbox> lost = std::exchange(sandboxes_, {});
  for (auto& [id, question] : std::exchange(questions_, {})) question->is_answered = true;
  changed_.notify_all();
  ExitReport report{.reason = is_over_ ? ExitReport::Reason::kKilled : ExitReport::Reason::kLost,
                    .exit_status = 128 + SIGKILL,
                    .signal = SIGKILL};
  lock.unlock();
  for (auto& [id, sandbox] : lost)
    if (sandbox.is_started) sandbox.on_exit(report);
}

void SpawnerLink::hear(Message& message) {
  MessageReader in(message.bytes);
  Word word = in.word();
  auto id = static_cast<std::uint64_t>(in.number());
  std::unique_lock lock(mutex_);
  if (word == Word::kExited) {
    auto ended = sandboxes_.extract(id);
    lock.unlock();
    if (ended) ended.mapped().on_exit(read_report(in));
    return;
  }
  if (word == Word::kFailed) sandboxes_.erase(id);
  if (auto started = sandboxes_.find(id); started != sandboxes_.end()) started->second.is_started = true;
  // Answers come in the order of the questions about a sandbox.
  auto question = questions_.lower_bound(id);
  if (question == questions_.end() || question->first != id) return;
  question->second->is_answered = true;
  question->second->answer = std::move(message);
  questions_.erase(question);
  changed_.notify_all();
}

std::uint64_t SpawnerLink::add(std::function<void(ExitReport)> on_exit) {
  std::lock_guard lock(mutex_);
  sandboxes_.emplace(++last_id_, Sandbox{std::move(on_exit)});
  return last_id_;
}

void SpawnerLink::forget(std::uint64_t id) {
  std::lock_guard lock(mutex_);
  sandboxes_.erase(id);
}

void SpawnerLink::tell(Word word, std::uint64_t id) {
  std::unique_lock lock(mutex_);
  std::shared_ptr<const Descriptor> socket = socket_;
  if (!socket || !sandboxes_.contains(id)) return;
  lock.unlock();
  send_message(socket->get(), MessageWriter(word).number(static_cast<std::int64_t>(id)).bytes());
}

std::optional<Message> SpawnerLink::ask(std::uint64_t id, std::string_view bytes, std::span<const int> descriptors) {
  auto question = std::make_shared<Question>();
  std::unique_lock lock(mutex_);
  is_wanted_ = !socket_;
  if (is_wanted_) changed_.notify_all();
  // One that was killed is replaced in no time, if at all.
  changed_.wait_for(lock, kPatience, [&] { return socket_ || is_over_; });
  std::shared_ptr<const Descriptor> socket = socket_;
  if (!socket || is_over_) return std::nullopt;
  questions_.emplace(id, question);
  lock.unlock();
  send_message(socket->get(), bytes, descriptors);  // where nobody is there, the reader will know
  lock.lock();
  changed_.wait(lock, [&] { return question->is_answered; });
  return std::move(question->answer);
}

std::pair<std::optional<int>, std::optional<int>> SpawnerLink::measure(std::uint64_t id) {
  std::optional<Message> answer =
      ask(id, MessageWriter(Word::kMeasure).number(static_cast<std::int64_t>(id)).bytes(), {});
  if (!answer) return {};
  MessageReader in(answer->bytes);
  in.word();
  in.number();
  if (in.number() == 0) return {};
  int used_mb = in.whole();
  return {used_mb, in.whole()};
}

}  // namespace runtime
