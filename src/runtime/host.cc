#include "runtime/host.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <future>
#include <thread>

#include "base/strings.h"
#include "runtime/api_answer.h"
#include "runtime/clients.h"
#include "runtime/pool.h"
#include "runtime/spares.h"

namespace runtime {

namespace {

namespace files = std::filesystem;

constexpr std::string_view kFolderPrefix = "virga-";
constexpr std::string_view kFolderSuffix = "-functions";

// Removes the folders of programs that are no more.
void remove_stale_folders(const files::path& temporary) {
  std::error_code failed;
  std::vector<files::path> stale;
  for (files::directory_iterator each(temporary, failed); !failed && each != files::directory_iterator();
       each.increment(failed)) {
    std::string name = each->path().filename().string();
    if (!name.starts_with(kFolderPrefix) || !name.ends_with(kFolderSuffix)) continue;
    std::string_view middle = std::string_view(name).substr(kFolderPrefix.size());
    auto process = base::parse_number<pid_t>(middle.substr(0, middle.size() - kFolderSuffix.size()));
    if (process && *process > 0 && ::kill(*process, 0) != 0 && errno == ESRCH) stale.push_back(each->path());
  }
  for (const files::path& folder : stale) files::remove_all(folder, failed);
}

base::Result<std::string> make_work_folder(const HostOptions& options) {
  std::error_code failed;
  std::string folder = options.work_folder;
  if (folder.empty()) {
    files::path temporary = files::temp_directory_path(failed);
    remove_stale_folders(temporary);
    folder = (temporary / fmt::format("{}{}{}", kFolderPrefix, ::getpid(), kFolderSuffix)).string();
    files::remove_all(folder, failed);
  }
  for (const char* below : {"/code", "/runtime", "/temporary"}) {
    files::create_directories(folder + below, failed);
    if (failed) return base::fail("StorageFailure", folder + below + ": " + failed.message());
  }
  TRY_VOID(write_clients(folder + "/runtime"));
  return folder;
}

}  // namespace

// The server of all Runtime APIs, the pool on its loop, and the threads besides.
class HostWorks final : public http::Handler, public Desk {
 public:
  HostWorks(HostOptions options, std::string folder)
      : folder_(std::move(folder)),
        options_(std::move(options)),
        server_(std::make_unique<http::Server>(server_options(), *this)) {}

  base::Result<void> start() {
    TRY_VOID(server_->start());
    constexpr int kStartingThreads = 4;
    machine_ = std::unique_ptr<Machine>(new Machine{.server = *server_,
                                                    .loop = server_->loop(0),
                                                    .gate = std::make_shared<Gate>(server_->loop(0)),
                                                    .spawner = options_.spawner,
                                                    .clock = options_.clock,
                                                    .world = {},
                                                    .log = options_.log,
                                                    .settings = options_.settings,
                                                    .interpreters = Interpreters(options_.interpreters),
                                                    .code = CodeStore(folder_ + "/code"),
                                                    .starting = base::Jobs(kStartingThreads),
                                                    .log_thread = base::Jobs(1),
                                                    .telemetry_thread = base::Jobs(1),
                                                    .clients_folder = folder_ + "/runtime",
                                                    .temporary_folder = folder_ + "/temporary",
                                                    .endpoint = {}});
    spares_ = std::make_unique<Spares>(*machine_);
    machine_->spares = spares_.get();
    pool_ = std::make_unique<Pool>(*machine_);
    return {};
  }

  Machine& machine() { return *machine_; }
  Pool& pool() { return *pool_; }
  void post(http::Loop::Task task) {
    if (!is_stopped_) machine_->loop.post(std::move(task));
  }

  void submit(std::shared_ptr<Run> run) override {
    post([this, run = std::move(run)] { pool_->submit(run); });
  }
  void time_out(std::shared_ptr<Run> run) override {
    post([this, run = std::move(run)] { pool_->time_out(run); });
  }

  void on_headers(http::Exchange& exchange) override {
    if (auto environment = pool_->at_port(exchange.request().local_port)) environment->on_headers(exchange);
  }
  void on_request(std::shared_ptr<http::Exchange> exchange) override {
    if (auto environment = pool_->at_port(exchange->request().local_port))
      environment->on_request(std::move(exchange));
    else
      exchange->respond(error_response(404, "NotFound", "There is no environment here."));
  }

  void stop() {
    if (is_stopped_) return;
    std::promise<void> ended;
    machine_->loop.post([&] {
      pool_->stop();
      ended.set_value();
    });
    ended.get_future().wait();
    is_stopped_ = true;
    machine_->starting.stop(base::Jobs::Rest::kDrop);
    machine_->telemetry_thread.stop(base::Jobs::Rest::kDrop);
    machine_->log_thread.stop(base::Jobs::Rest::kDo);
    machine_->gate->close();
    server_->stop(std::chrono::milliseconds(0));
    std::error_code ignored;
    files::remove_all(folder_, ignored);
  }

 private:
  static http::ServerOptions server_options() {
    http::ServerOptions options;
    options.hosts = {};
    options.limits.body_bytes = 1 << 20;  // answers go elsewhere (AnswerSink)
    // A function may take all its time between two pieces of its answer.
    options.limits.stall_time = std::chrono::minutes(20);
    return options;
  }

  const std::string folder_;
  HostOptions options_;
  std::unique_ptr<Machine> machine_;
  std::unique_ptr<Spares> spares_;
  std::unique_ptr<Pool> pool_;
  std::unique_ptr<http::Server> server_;  // goes first, with the tasks of its loop
  std::atomic<bool> is_stopped_ = false;
};

Host::Host(std::unique_ptr<HostWorks> works) : works_(std::move(works)) {}

Host::~Host() { stop(); }

base::Result<std::unique_ptr<Host>> Host::start(HostOptions options) {
  std::string folder = TRY(make_work_folder(options));
  auto works = std::make_unique<HostWorks>(std::move(options), std::move(folder));
  TRY_VOID(works->start());
  return std::unique_ptr<Host>(new Host(std::move(works)));
}

void Host::set_endpoint(std::string endpoint) { works_->machine().endpoint = std::move(endpoint); }

std::shared_ptr<kernel::FunctionRun> Host::prepare(kernel::FunctionRequest request) {
  return std::make_shared<Run>(std::move(request), *works_);
}

void Host::provision(const std::string& environment_key, const std::string& function_key, int count,
                     std::function<base::Result<kernel::FunctionEnvironment>()> make_environment,
                     std::function<void()> on_change) {
  works_->post([works = works_.get(), environment_key, function_key, count, make = std::move(make_environment),
                on_change = std::move(on_change)]() mutable {
    works->pool().provision(environment_key, function_key, count, std::move(make), std::move(on_change));
  });
}

kernel::FunctionCounts Host::counts(const std::string& environment_key) const {
  return works_->pool().counts(environment_key);
}

void Host::supersede(const std::string& environment_key) {
  works_->post([works = works_.get(), environment_key] { works->pool().supersede(environment_key); });
}

void Host::retire(const std::string& function_key) {
  works_->post([works = works_.get(), function_key] { works->pool().retire(function_key); });
}

std::string Host::runtime_version_arn(const std::string& runtime, const std::string& region) const {
  return runtime::runtime_version_arn(works_->machine().interpreters, runtime, region);
}

std::string Host::tier() const { return std::string(name_of(works_->machine().spawner.tier())); }

void Host::stop() { works_->stop(); }

}  // namespace runtime
